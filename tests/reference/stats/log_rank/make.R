# Reference numbers of the log-rank tests and of MaxCombo: Rscript make.R, which writes log_rank.json beside it.
#
# Package survival is run for weights of the left-continuous Kaplan-Meier curve to a power (survdiff) and for the score
# test of Cox regression (coxph), mvtnorm for the distribution of the largest statistic. What
# neither computes, weights with gamma above zero, at-risk powers, modest weights, covariances, is written below by the textbook
# formula: a table of times, one stratum after the other.

library(survival)
library(mvtnorm)
library(jsonlite)

set.seed(20260301)

# --- the textbook formula -------------------------------------------------------------------------------------

# A weight is list(rho, gamma, tau, held).
LOOKED <- list(
  list(rho = 0, gamma = 0, tau = 0, held = Inf), list(rho = 1, gamma = 0, tau = 0, held = Inf),
  list(rho = 0.5, gamma = 0, tau = 0, held = Inf), list(rho = 0, gamma = 1, tau = 0, held = Inf),
  list(rho = 1, gamma = 1, tau = 0, held = Inf), list(rho = 0.5, gamma = 0.5, tau = 0, held = Inf),
  list(rho = 0, gamma = 2, tau = 0, held = Inf), list(rho = 0, gamma = 0, tau = 1, held = Inf),
  list(rho = 0, gamma = 0, tau = 0.5, held = Inf), list(rho = -1, gamma = 0, tau = 0, held = 6)
)

textbook <- function(d) {
  k <- length(LOOKED)
  score <- numeric(k)
  seen <- matrix(0, k, 2)
  covariance <- matrix(0, k, k)
  for (s in unique(d$stratum)) {
    of <- d[d$stratum == s, ]
    times <- sort(unique(of$time[of$event == 1]))
    if (length(times) == 0) next
    n <- sapply(times, function(t) sum(of$time >= t))
    n1 <- sapply(times, function(t) sum(of$time >= t & of$arm == 1))
    e <- sapply(times, function(t) sum(of$time == t & of$event == 1))
    e1 <- sapply(times, function(t) sum(of$time == t & of$event == 1 & of$arm == 1))
    curve <- cumprod(1 - e / n)
    before <- c(1, curve)[seq_along(times)]
    v <- ifelse(n > 1, e * (n1 / n) * (1 - n1 / n) * (n - e) / pmax(n - 1, 1), 0)
    w <- sapply(LOOKED, function(each) {
      floor <- if (is.finite(each$held)) c(1, curve)[sum(times <= each$held) + 1] else 0
      survival <- pmax(before, floor)
      survival^each$rho * (1 - survival)^each$gamma * n^each$tau
    })
    w <- matrix(w, nrow = length(times))
    score <- score + colSums(w * (e1 - e * n1 / n))
    seen <- seen + cbind(colSums(w * (e - e1)), colSums(w * e1))
    covariance <- covariance + t(w) %*% (w * v)
  }
  list(score = score, observed = seen, covariance = covariance)
}

# --- data sets ------------------------------------------------------------------------------------------------

one <- function(n, strata, tied, censoring, share, ratio) {
  arm <- as.integer(runif(n) < share)
  arm[1:2] <- 0:1
  stratum <- sample(seq_len(strata), n, replace = TRUE)
  latent <- rexp(n, 0.1 * (1 + 0.3 * stratum) * ratio^arm)
  leaves <- if (censoring > 0) rexp(n, censoring) else rep(Inf, n)
  time <- pmin(latent, leaves)
  # Ties are whole numbers; without them, times differ by a thousandth or more, far beyond rounding.
  time <- if (tied) ceiling(time) else (rank(time, ties.method = "first") + round(time, 1) * 1000) / 1000
  data.frame(time = time, event = as.integer(latent <= leaves), arm = arm, stratum = stratum)
}

surv_diff <- function(d, rho, stratified) {
  formula <- if (stratified) Surv(time, event) ~ arm + strata(stratum) else Surv(time, event) ~ arm
  found <- survdiff(formula, data = d, rho = rho)
  by_arm <- function(x) if (is.matrix(x)) rowSums(x) else x
  list(rho = rho, observed = unname(by_arm(found$obs)), expected = unname(by_arm(found$exp)),
       variance = found$var[2, 2], chi_square = unname(found$chisq))
}

score_test <- function(d, ties, stratified) {
  formula <- if (stratified) Surv(time, event) ~ arm + strata(stratum) else Surv(time, event) ~ arm
  unname(coxph(formula, data = d, ties = ties)$score)
}

settings <- expand.grid(n = c(12, 25, 40, 60, 90), strata = c(1, 3), tied = c(FALSE, TRUE), censoring = c(0, 0.08))
settings <- rbind(settings, data.frame(n = c(60, 60, 60, 25), strata = c(1, 6, 2, 1), tied = c(FALSE, TRUE, TRUE, FALSE),
                                       censoring = c(0.5, 0.02, 0.3, 0.02)))
data_sets <- lapply(seq_len(nrow(settings)), function(i) {
  x <- settings[i, ]
  # Drawn anew where nothing is compared: survdiff then stops.
  repeat {
    d <- one(x$n, x$strata, x$tied, x$censoring, c(0.5, 0.67, 0.3)[i %% 3 + 1], c(1, 0.6, 0.3)[(i %/% 3) %% 3 + 1])
    if (textbook(d)$covariance[1, 1] > 0.2) break
  }
  stratified <- x$strata > 1
  if (!stratified) d$stratum <- 1
  list(data = as.list(d), stratified = stratified,
       survdiff = lapply(c(0, 0.5, 1, 2), function(rho) surv_diff(d, rho, stratified)),
       # The score test of Cox regression is the log-rank test for the exact treatment of ties.
       cox_score = score_test(d, if (x$tied) "exact" else "breslow", stratified),
       textbook = textbook(d))
})

# --- trials that are cut --------------------------------------------------------------------------------------

trial <- function(n, strata, targets, calendar) {
  d <- one(n, strata, FALSE, 0.01, 0.5, 0.7)
  # Calendar times on a grid of 1/8, which adds without rounding.
  d$time <- ceiling(d$time * 8 + 1) / 8 + (seq_len(n) %% 4) * 2
  d$entry <- ceiling(runif(n, 0, 160)) / 8
  looks <- lapply(seq_along(targets), function(k) {
    happens <- sort((d$entry + d$time)[d$event == 1])
    cut <- min(calendar[k], if (targets[k] > 0 && targets[k] <= length(happens)) happens[targets[k]] else Inf)
    seen <- d[d$entry <= cut, ]
    seen$event <- as.integer(seen$event == 1 & seen$entry + seen$time <= cut)
    seen$time <- pmin(seen$time, cut - seen$entry)
    c(list(target = targets[k], calendar = if (is.finite(calendar[k])) calendar[k] else NULL, cut = cut,
           patients = as.integer(table(factor(seen$arm, 0:1))),
           events = as.integer(tapply(seen$event, factor(seen$arm, 0:1), sum, default = 0L)),
           textbook = textbook(seen)),
      if (strata > 1) list(survdiff = surv_diff(seen, 0, TRUE)) else list(survdiff = surv_diff(seen, 0, FALSE)))
  })
  list(data = as.list(d), looks = looks)
}

trials <- lapply(1:8, function(i) {
  trial(c(40, 70, 100)[i %% 3 + 1], c(1, 3)[i %% 2 + 1], c(8, 18, 30, 0, 25), c(Inf, Inf, 24, 12.25, 22.5))
})

# --- the largest of correlated statistics ---------------------------------------------------------------------

# TVPACK is deterministic and good to about 1e-14 for up to three statistics. Of four, the first is integrated over,
# given which the others are normal.
inside <- function(correlation, at) {
  k <- nrow(correlation)
  if (k <= 3) return(as.numeric(pmvnorm(upper = at, corr = correlation, algorithm = TVPACK(abseps = 1e-14))))
  slope <- correlation[-1, 1]
  rest <- correlation[-1, -1] - slope %o% slope
  sd <- sqrt(diag(rest))
  given <- function(x) sapply(x, function(each) dnorm(each) * inside(cov2cor(rest), (at[-1] - slope * each) / sd))
  integrate(given, -9, at[1], rel.tol = 1e-11, abs.tol = 1e-12, subdivisions = 500)$value
}
beyond <- function(correlation, at) 1 - inside(correlation, rep(at, nrow(correlation)))
SETS <- list(c(1, 4), c(1, 2), c(1, 4, 5), c(1, 2, 5), c(1, 4, 5, 8))
largest <- unlist(lapply(data_sets[c(3, 5, 9, 14, 20, 24, 33, 38)], function(each) {
  covariance <- each$textbook$covariance
  lapply(SETS, function(set) {
    correlation <- cov2cor(covariance[set, set])
    z <- -each$textbook$score[set] / sqrt(diag(covariance)[set])
    list(set = set - 1, correlation = correlation, z = z, p_value = beyond(correlation, max(z)),
         at = c(0.5, 1.5, 2.2, 3.5), beyond = sapply(c(0.5, 1.5, 2.2, 3.5), function(at) beyond(correlation, at)))
  })
}), recursive = FALSE)

write(toJSON(list(
  made_by = list(
    R = R.version.string,
    survival = paste(packageVersion("survival"), "(LGPL-2 or later)"),
    mvtnorm = paste(packageVersion("mvtnorm"), "(GPL-2)"),
    jsonlite = paste(packageVersion("jsonlite"), "(MIT)"),
    note = "run for its output only"),
  weights = lapply(LOOKED, function(w) list(rho = w$rho, gamma = w$gamma, tau = w$tau,
                                            held = if (is.finite(w$held)) w$held else NULL)),
  data_sets = data_sets, trials = trials, largest = largest
), auto_unbox = TRUE, digits = I(17), null = "null", matrix = "rowmajor"), "log_rank.json")
