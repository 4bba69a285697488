# Reference numbers of effects between two records of the same patients: Rscript make.R, which writes
# pair_effects.json beside it.
#
# Package survival is run for the hazard ratio with the robust variance by patient (coxph, cluster), and for the
# influence of each patient on Kaplan-Meier (survfit, influence), from which errors of differences follow.

library(survival)
library(jsonlite)

set.seed(20261124)

# Both records share a frailty; times of few digits, with and without ties, censored on one day.
one <- function(n, ratio, tied) {
  frailty <- rexp(n)
  record <- function(scale) {
    time <- frailty * runif(n, 0.7, 1.5) * scale
    event <- time <= 400
    time <- pmin(time, 400)
    list(time = if (tied) ceiling(time / 28) * 28 else round(time, 4), event = event)
  }
  list(experimental = record(200 / ratio), control = record(200))
}

influence <- function(record, at, horizon) {
  data <- data.frame(time = record$time, event = record$event, id = seq_along(record$time))
  fit <- survfit(Surv(time, event) ~ 1, data, influence = 1, robust = TRUE, cluster = id)
  last <- max(which(fit$time <= at))
  inside <- fit$time < horizon
  widths <- diff(c(fit$time[inside], horizon))
  list(
    survival = fit$surv[last],
    mean = min(fit$time) + sum(fit$surv[inside] * widths),
    survival_by_patient = fit$influence.surv[, last],
    mean_by_patient = as.vector(fit$influence.surv[, inside, drop = FALSE] %*% widths)
  )
}

settings <- expand.grid(n = c(25, 80), ratio = c(0.5, 0.9), tied = c(FALSE, TRUE))
cases <- lapply(seq_len(nrow(settings)), function(i) {
  case <- do.call(one, settings[i, ])
  n <- settings$n[i]
  rows <- data.frame(
    time = c(case$experimental$time, case$control$time),
    event = c(case$experimental$event, case$control$event),
    arm = rep(1:0, each = n), id = rep(seq_len(n), 2)
  )
  fit <- coxph(Surv(time, event) ~ arm + cluster(id), rows, ties = "efron", control = coxph.control(eps = 1e-12, toler.chol = 1e-14))
  found <- lapply(case, influence, at = 180, horizon = 360)
  error <- function(values) sqrt(sum(values^2))
  c(case, list(
    log_hr = unname(coef(fit)), log_hr_error = sqrt(vcov(fit)[1, 1]),
    survival = sapply(found, function(each) each$survival),
    survival_error = sapply(found, function(each) error(each$survival_by_patient)),
    survival_difference_error = error(found$experimental$survival_by_patient - found$control$survival_by_patient),
    mean = sapply(found, function(each) each$mean),
    mean_error = sapply(found, function(each) error(each$mean_by_patient)),
    mean_difference_error = error(found$experimental$mean_by_patient - found$control$mean_by_patient)
  ))
})

made <- list(R = R.version.string, survival = as.character(packageVersion("survival")), cases = cases)
write(toJSON(made, digits = 15, auto_unbox = TRUE), "pair_effects.json")
