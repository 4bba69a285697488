# Reference numbers of survival estimates: Rscript make.R, which writes survival.json beside it.
#
# Package survival is run for Kaplan-Meier, cumulative hazards, restricted means, Cox regression, the states of competing
# risks (survfit with a factor as status) and Turnbull's estimate (interval2); cmprsk for the variance of Aalen and
# the test of Gray. The estimate of Turnbull by survival stops early, so the self-consistency equations are also
# iterated below, from their textbook form, until nothing moves.

library(survival)
library(cmprsk)
library(jsonlite)

set.seed(20260302)

SCALES <- c("plain", "log", "log-log", "arcsin", "logit")
SHARES <- c(0.25, 0.5, 0.75)

# --- data sets ------------------------------------------------------------------------------------------------

# Times have few digits, so that they are stored as they are.
one <- function(n, tied, censoring, share, ratio, strata = 1) {
  arm <- as.integer(runif(n) < share)
  arm[1:4] <- c(0L, 1L, 0L, 1L)
  stratum <- sample(seq_len(strata), n, replace = TRUE)
  age <- round(rnorm(n, 65, 9))
  marker <- round(rnorm(n), 3)
  latent <- rexp(n, 0.1 * (1 + 0.3 * stratum) * ratio^arm * exp(0.02 * (age - 65) + 0.4 * marker))
  leaves <- if (censoring > 0) rexp(n, censoring) else rep(Inf, n)
  time <- pmin(latent, leaves)
  time <- if (tied) ceiling(time) else round(time, 6)
  data.frame(time = time, event = as.integer(latent <= leaves), arm = arm, stratum = stratum, age = age, marker = marker)
}

settings <- expand.grid(n = c(14, 45, 80), tied = c(FALSE, TRUE), censoring = c(0, 0.05, 0.25))
settings$share <- c(0.5, 0.67, 0.3)[seq_len(nrow(settings)) %% 3 + 1]
settings$ratio <- c(1, 0.6, 0.35)[(seq_len(nrow(settings)) %/% 3) %% 3 + 1]
settings$strata <- ifelse(settings$n == 14, 1, c(1, 2, 4)[(seq_len(nrow(settings)) %/% 2) %% 3 + 1])
data_sets <- lapply(seq_len(nrow(settings)), function(i) do.call(one, settings[i, ]))

# A single event in an arm; an arm whose last time is an event and one whose last is not; even steps through the quartiles.
few <- one(20, FALSE, 0.05, 0.5, 1)
few$event[few$arm == 1] <- 0L
few$event[which(few$arm == 1)[3]] <- 1L
steps <- data.frame(time = c(1:8, 1:8 + 0.5), event = 1L, arm = rep(0:1, each = 8), stratum = 1, age = rep(c(60, 70), 8),
                    marker = c(0.1, -0.2, 0.3, 0.5, -0.4, 0.2, 0, 0.7, -0.1, 0.2, 0.4, -0.6, 0.3, 0.1, -0.3, 0.2))
steps$event[c(12, 16)] <- 0L
# Remission under 6-mercaptopurine and placebo: Freireich and others (1963), Blood 21, 699-716.
# Entered from memory; the totals (359 weeks and 9 events, 182 weeks and 21 events) were checked.
remission <- data.frame(
  time = c(6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35,
           1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23),
  event = c(1L, 1L, 1L, 0L, 1L, 0L, 1L, 0L, 0L, 1L, 1L, 0L, 0L, 0L, 1L, 1L, 0L, 0L, 0L, 0L, 0L, rep(1L, 21)),
  arm = rep(1:0, each = 21), stratum = 1, age = 0, marker = 0)
data_sets <- c(data_sets, list(few, steps, remission))

# --- one arm --------------------------------------------------------------------------------------------------

quantiles <- function(fit) {
  found <- quantile(fit, SHARES)
  list(value = unname(found$quantile), low = unname(found$lower), high = unname(found$upper))
}

# Both arms are read at the same times, as far as the shorter of the two is followed.
arm_numbers <- function(d, level, whole) {
  latest <- min(tapply(whole$time, whole$arm, max))
  earliest <- max(tapply(whole$time, whole$arm, min))
  plain <- survfit(Surv(time, event) ~ 1, data = d, conf.int = level)
  horizons <- c(signif(c(0.4, 0.7) * latest, 4), latest)
  horizons <- horizons[horizons > earliest]
  milestones <- signif(quantile(whole$time[whole$time <= latest], c(0.2, 0.5, 0.8), names = FALSE), 4)
  milestones <- milestones[milestones <= latest]
  at <- summary(plain, times = milestones)
  nelson <- survfit(Surv(time, event) ~ 1, data = d, stype = 2, ctype = 1, conf.type = "log", conf.int = level)
  fleming <- survfit(Surv(time, event) ~ 1, data = d, stype = 2, ctype = 2, conf.type = "log-log", conf.int = level)
  reverse <- survfit(Surv(time, 1 - event) ~ 1, data = d, conf.type = "log-log", conf.int = level)
  list(
    level = level, time = plain$time, at_risk = plain$n.risk, events = plain$n.event, censored = plain$n.censor,
    survival = plain$surv, se = plain$std.err * plain$surv,
    limits = lapply(setNames(SCALES, SCALES), function(scale) {
      fit <- survfit(Surv(time, event) ~ 1, data = d, conf.type = scale, conf.int = level)
      list(low = fit$lower, high = fit$upper, quantiles = quantiles(fit))
    }),
    milestone = list(at = milestones, survival = at$surv, se = at$std.err, at_risk = at$n.risk, events = cumsum(at$n.event)),
    restricted_mean = lapply(horizons, function(tau) {
      table <- summary(plain, rmean = tau)$table
      list(horizon = tau, value = unname(table["rmean"]), se = unname(table["se(rmean)"]))
    }),
    # Limits of exp(-H): on the log scale of survival H is plain, on log-log it is on the log scale of H.
    nelson_aalen = list(hazard = nelson$cumhaz, se = nelson$std.chaz, low = -log(nelson$upper), high = -log(nelson$lower)),
    fleming_harrington = list(hazard = fleming$cumhaz, se = fleming$std.chaz, low = -log(fleming$upper),
                              high = -log(fleming$lower)),
    follow_up = quantiles(reverse))
}

# --- Cox regression -------------------------------------------------------------------------------------------

cox_numbers <- function(d, covariates, stratified, ties) {
  terms <- paste(c(covariates, if (stratified) "strata(stratum)"), collapse = " + ")
  control <- coxph.control(eps = 1e-13, toler.chol = 1e-15, iter.max = 200)
  fit <- coxph(as.formula(paste("Surv(time, event) ~", terms)), data = d, ties = ties, control = control)
  list(covariates = I(covariates), stratified = stratified, ties = ties, coefficients = I(unname(coef(fit))),
       covariance = unname(vcov(fit)), log_likelihood = fit$loglik, score = unname(fit$score), wald = unname(fit$wald.test))
}

cox_fits <- function(d, number) {
  with_arm <- if (number == 19) "arm" else c("arm", "age", "marker")
  sets <- if (number == 21) list("arm") else list("arm", with_arm)
  choices <- expand.grid(set = seq_along(sets), stratified = c(FALSE, if (max(d$stratum) > 1) TRUE), ties = c("efron", "breslow"),
                         stringsAsFactors = FALSE)
  lapply(seq_len(nrow(choices)), function(i) {
    cox_numbers(d, sets[[choices$set[i]]], choices$stratified[i], choices$ties[i])
  })
}

survival_cases <- lapply(seq_along(data_sets), function(number) {
  d <- data_sets[[number]]
  level <- c(0.95, 0.9, 0.8)[number %% 3 + 1]
  list(data = as.list(d), arms = lapply(0:1, function(arm) arm_numbers(d[d$arm == arm, ], level, d)), cox = cox_fits(d, number))
})

# --- competing risks ------------------------------------------------------------------------------------------

risky <- function(n, tied, censoring, causes, groups, strata) {
  group <- sample(seq_len(groups), n, replace = TRUE)
  group[seq_len(groups)] <- seq_len(groups)
  stratum <- sample(seq_len(strata), n, replace = TRUE)
  rate <- sapply(seq_len(causes), function(k) 0.06 * k * (1 + 0.4 * (group - 1) * (k == 1)))
  total <- rowSums(rate)
  latent <- rexp(n, total)
  cause <- apply(rate / total, 1, function(p) sample(seq_len(causes), 1, prob = p))
  leaves <- if (censoring > 0) rexp(n, censoring) else rep(Inf, n)
  time <- pmin(latent, leaves)
  time <- if (tied) ceiling(time) else round(time, 6)
  data.frame(time = time, cause = ifelse(latent <= leaves, cause, 0L), group = group, stratum = stratum)
}

risk_numbers <- function(d, level) {
  causes <- max(d$cause)
  status <- factor(d$cause, 0:causes, c("none", paste("cause", seq_len(causes))))
  fits <- lapply(setNames(c("plain", "log", "log-log", "logit"), c("plain", "log", "log-log", "logit")), function(scale) {
    survfit(Surv(d$time, status) ~ 1, conf.type = scale, conf.int = level)
  })
  first <- fits[[1]]
  times <- sort(unique(d$time))
  aalen <- cuminc(d$time, d$cause, cencode = 0)
  at <- timepoints(aalen, times)
  list(level = level, time = first$time, survival = first$pstate[, 1], incidence = t(first$pstate[, -1, drop = FALSE]),
       se = t(first$std.err[, -1, drop = FALSE]),
       limits = lapply(fits, function(fit) list(low = t(fit$lower[, -1, drop = FALSE]), high = t(fit$upper[, -1, drop = FALSE]))),
       cmprsk = list(incidence = unname(at$est), variance = unname(at$var)))
}

gray_numbers <- function(d) {
  causes <- max(d$cause)
  lapply(c(0, 1, -0.5), function(rho) {
    tests <- cuminc(d$time, d$cause, d$group, d$stratum, rho = rho, cencode = 0)$Tests
    list(rho = rho, statistic = I(unname(tests[, "stat"])), p_value = I(unname(tests[, "pv"])), df = I(unname(tests[, "df"])))
  })
}

risk_settings <- expand.grid(n = c(15, 40, 70), tied = c(FALSE, TRUE), censoring = c(0, 0.1))
risk_settings$causes <- c(2, 3, 2)[seq_len(nrow(risk_settings)) %% 3 + 1]
risk_settings$groups <- c(2, 2, 3)[(seq_len(nrow(risk_settings)) %/% 2) %% 3 + 1]
risk_settings$strata <- ifelse(risk_settings$n == 70, 3, 1)
competing_cases <- lapply(seq_len(nrow(risk_settings)), function(i) {
  d <- do.call(risky, risk_settings[i, ])
  c(list(data = as.list(d), gray = gray_numbers(d)), risk_numbers(d, c(0.95, 0.9)[i %% 2 + 1]))
})

# --- interval censoring ---------------------------------------------------------------------------------------

# Ends that differ, so that it does not matter whether an interval holds its own ends.
unscheduled <- function(n, exact, right) {
  truth <- rexp(n, 0.1)
  left <- pmax(round(truth - rexp(n, 0.4), 4), 0)
  until <- round(truth + rexp(n, 0.4), 4)
  known <- runif(n) < exact
  left[known] <- until[known] <- round(truth[known], 4)
  until[!known & runif(n) < right] <- Inf
  data.frame(left = left, right = until)
}

# Self-consistency on the innermost intervals; (left, right] as both ends of a schedule of visits are.
self_consistent <- function(d) {
  exact <- d$left == d$right
  ends <- unique(rbind(cbind(d$left, ifelse(exact, 0, 2), 1), cbind(d$right, 1, 0)))
  ends <- ends[order(ends[, 1], ends[, 2]), , drop = FALSE]
  inner <- which(ends[-nrow(ends), 3] == 1 & ends[-1, 3] == 0)
  from <- ends[inner, 1]
  to <- ends[inner + 1, 1]
  holds <- outer(seq_len(nrow(d)), seq_along(inner), Vectorize(function(i, j) {
    if (exact[i]) from[j] == d$left[i] && to[j] == d$left[i]
    else if (from[j] == to[j]) d$left[i] < from[j] && to[j] <= d$right[i]
    else d$left[i] <= from[j] && to[j] <= d$right[i]
  })) * 1
  mass <- rep(1 / length(inner), length(inner))
  for (k in 1:200000) {
    pull <- as.vector(t(holds) %*% (1 / as.vector(holds %*% mass))) / nrow(d)
    moved <- max(abs(mass * pull - mass))
    mass <- mass * pull
    if (moved < 1e-15) break
  }
  list(left = I(from), right = I(to), mass = I(mass), log_likelihood = sum(log(holds %*% mass)),
       fitted = as.vector(holds %*% mass), steps = k)
}

turnbull <- function(d) {
  fit <- survfit(Surv(ifelse(d$left == 0 & d$right > 0, NA, d$left), ifelse(is.infinite(d$right), NA, d$right),
                      type = "interval2") ~ 1)
  list(data = list(left = d$left, right = ifelse(is.infinite(d$right), NA, d$right)),
       survfit = list(time = fit$time, survival = fit$surv), self_consistent = self_consistent(d))
}

visits <- function(n, every) {
  truth <- rexp(n, 0.08)
  last <- every * sample(2:8, n, replace = TRUE)
  right <- ceiling(truth / every) * every
  data.frame(left = ifelse(right > last, last, right - every), right = ifelse(right > last, Inf, right))
}

censored <- function(n) {
  d <- one(n, TRUE, 0.08, 0.5, 1)
  data.frame(left = d$time, right = ifelse(d$event == 1, d$time, Inf))
}

interval_cases <- c(
  lapply(list(c(10, 0, 0), c(20, 0, 0.3), c(30, 0.3, 0.2), c(40, 0.1, 0.5), c(60, 0, 0.2), c(60, 0.5, 0.3), c(25, 0, 0.8), c(80, 0.2, 0.1)),
         function(x) turnbull(unscheduled(x[1], x[2], x[3]))),
  lapply(c(2, 3, 5, 8), function(every) turnbull(visits(60, every))),
  lapply(c(15, 50), function(n) turnbull(censored(n))))

write(toJSON(list(
  made_by = list(
    R = R.version.string,
    survival = paste(packageVersion("survival"), "(LGPL-2 or later)"),
    cmprsk = paste(packageVersion("cmprsk"), "(GPL-2 or later)"),
    jsonlite = paste(packageVersion("jsonlite"), "(MIT)"),
    note = "run for its output only"),
  survival = survival_cases, competing_risks = competing_cases, interval_censored = interval_cases
), auto_unbox = TRUE, digits = I(17), na = "null", null = "null", matrix = "rowmajor"), "survival.json")
