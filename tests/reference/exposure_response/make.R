# Reference numbers of exposure-response models. Run in this folder: Rscript make.R
#
# Base R (GPL-2 | GPL-3), run for its output: glm for maximum likelihood, standard errors, predictions and likelihoods;
# profile limits by uniroot on glm with an offset at its smallest tolerance (confint interpolates a spline);
# t.test for ratios of geometric means; wilcox.test for the area under the curve; binom.test for bins.
# sandwich (GPL-2 | GPL-3): vcovHC of type HC3. The Emax model and the penalty of Firth have no function in base R: their
# likelihoods are written here from the papers and maximised by optim, from several starts.
suppressPackageStartupMessages({
  library(jsonlite)
  library(sandwich)
})
set.seed(20260307)
control <- glm.control(epsilon = 1e-13, maxit = 100)
LEVEL <- 0.9

one <- function(n, form, slope, tied = FALSE, spread = 0.5) {
  region <- rbinom(n, 1, 0.6)
  age <- round(rnorm(n, 67, 8))
  x <- signif(exp(rnorm(n, 0.15 * region, spread)), 4)
  if (tied) x <- round(x * 2 + 0.5) / 2
  f <- switch(form, linear = x, `log-linear` = log(x), Emax = 3 * x / (0.5 + x))
  p <- plogis(-0.4 + slope * f - 0.5 * region + 0.02 * (age - 67))
  list(x = x, y = rbinom(n, 1, p), region = region, age = age)
}

slope_of <- function(d, form) if (form == "linear") d$x else log(d$x)

profile_limits <- function(y, f, z, weight, level) {
  all <- glm(y ~ f + z, family = binomial, control = control, weights = weight)
  b <- coef(all)[2]; se <- sqrt(vcov(all)[2, 2]); top <- as.numeric(logLik(all))
  excess <- function(value) {
    off <- value * f
    held <- glm(y ~ z + offset(off), family = binomial, control = control, weights = weight)
    2 * (top - as.numeric(logLik(held))) - qchisq(level, 1)
  }
  c(uniroot(excess, c(b - 8 * se, b), tol = 1e-12)$root, uniroot(excess, c(b, b + 8 * se), tol = 1e-12)$root)
}

logistic_case <- function(d, form, adjusted) {
  f <- slope_of(d, form)
  z <- if (adjusted) cbind(d$region, d$age) else NULL
  m <- if (adjusted) glm(d$y ~ f + z, family = binomial, control = control) else glm(d$y ~ f, family = binomial, control = control)
  at <- c(0.3, 0.8, 1, 2.5)
  fa <- if (form == "linear") at else log(at)
  p <- fitted(m)
  pr <- if (adjusted) NULL else predict(m, data.frame(f = fa), se.fit = TRUE)
  zq <- qnorm((1 + LEVEL) / 2)
  # Standardised over the patients: mean probability, its delta-method error, and the difference of two exposures.
  X <- function(v) cbind(1, v, z)
  value <- sapply(fa, function(v) mean(plogis(X(rep(v, length(d$y))) %*% coef(m))))
  gradient <- t(sapply(fa, function(v) { q <- plogis(X(rep(v, length(d$y))) %*% coef(m)); colMeans(X(rep(v, length(d$y))) * as.numeric(q * (1 - q))) }))
  se <- sqrt(diag(gradient %*% vcov(m) %*% t(gradient)))
  change <- gradient[4, ] - gradient[3, ]
  zz <- if (adjusted) z else rep(0, 0)
  limits <- if (adjusted) profile_limits(d$y, f, z, NULL, LEVEL) else {
    top <- as.numeric(logLik(m)); b <- coef(m)[2]; s <- sqrt(vcov(m)[2, 2])
    excess <- function(v) { off <- v * f; 2 * (top - as.numeric(logLik(glm(d$y ~ 1 + offset(off), family = binomial, control = control)))) - qchisq(LEVEL, 1) }
    c(uniroot(excess, c(b - 8 * s, b), tol = 1e-12)$root, uniroot(excess, c(b, b + 8 * s), tol = 1e-12)$root)
  }
  g <- unique(quantile(p, (1:9) / 10))
  bin <- findInterval(p, g, left.open = TRUE)
  n <- tapply(d$y, bin, length); o <- tapply(d$y, bin, sum); e <- tapply(p, bin, sum)
  hl <- sum((o - e)^2 / (e * (1 - e / n)))
  list(form = form, adjusted = adjusted, coefficients = unname(coef(m)), covariance = unname(vcov(m)),
       log_likelihood = as.numeric(logLik(m)), aic = AIC(m), limits = unname(limits), at = at, probability = value,
       probability_low = if (adjusted) NULL else plogis(pr$fit - zq * pr$se.fit),
       probability_high = if (adjusted) NULL else plogis(pr$fit + zq * pr$se.fit),
       probability_se = se, difference = value[4] - value[3], difference_se = sqrt(sum(change * (vcov(m) %*% change))),
       hosmer_lemeshow = hl, hl_p = pchisq(hl, length(n) - 2, lower.tail = FALSE),
       auc = unname(wilcox.test(p[d$y == 1], p[d$y == 0], exact = FALSE)$statistic) / (sum(d$y) * sum(1 - d$y)))
}

emax_case <- function(d, adjusted) {
  z <- if (adjusted) cbind(d$region, d$age / 10) else matrix(0, length(d$y), 0)
  minus <- function(par) {
    q <- ncol(z)
    eta <- par[1] + par[2] * d$x / (exp(par[3]) + d$x) + (if (q) z %*% par[4:(3 + q)] else 0)
    -sum(ifelse(d$y == 1, plogis(eta, log.p = TRUE), plogis(-eta, log.p = TRUE)))
  }
  best <- NULL
  for (start in c(-1.5, -0.7, 0, 0.7)) {
    par <- c(-0.5, 2, start, rep(0, ncol(z)))
    for (k in 1:6) par <- optim(par, minus, method = "BFGS", control = list(maxit = 5000, reltol = 1e-16))$par
    found <- optim(par, minus, method = "Nelder-Mead", control = list(maxit = 20000, reltol = 1e-16))
    found <- optim(found$par, minus, method = "BFGS", control = list(maxit = 5000, reltol = 1e-16))
    if (is.null(best) || found$value < best$value) best <- found
  }
  par <- best$par
  top <- -best$value
  given <- function(v) {
    g <- d$x / (exp(v) + d$x)
    as.numeric(logLik(if (adjusted) glm(d$y ~ g + z, family = binomial, control = control) else glm(d$y ~ g, family = binomial, control = control)))
  }
  # The profile at the optimum, so that both maxima are the same to rounding.
  peak <- optimize(given, par[3] + c(-0.5, 0.5), maximum = TRUE, tol = 1e-10)
  excess <- function(v) 2 * (peak$objective - given(v)) - qchisq(LEVEL, 1)
  ends <- log(c(min(d$x) / 50, max(d$x) * 50))
  low <- if (excess(ends[1]) > 0) exp(uniroot(excess, c(ends[1], peak$maximum), tol = 1e-12)$root) else 0
  high <- if (excess(ends[2]) > 0) exp(uniroot(excess, c(peak$maximum, ends[2]), tol = 1e-12)$root) else Inf
  b <- exp(peak$maximum)
  g <- d$x / (b + d$x)
  m <- if (adjusted) glm(d$y ~ g + z, family = binomial, control = control) else glm(d$y ~ g, family = binomial, control = control)
  G <- cbind(1, g, z, -coef(m)[2] * g * (1 - g))
  p <- fitted(m)
  list(adjusted = adjusted, log_likelihood = top, profile = peak$objective, ec50 = b, optim_ec50 = exp(par[3]), coefficients = unname(coef(m)),
       ec50_low = low, ec50_high = if (is.finite(high)) high else "Inf", se = unname(sqrt(diag(solve(crossprod(G * sqrt(p * (1 - p))))))))
}

firth_case <- function(x, y, place) {
  X <- cbind(1, x)
  minus <- function(b) {
    eta <- X %*% b
    p <- plogis(eta)
    w <- as.numeric(p * (1 - p))
    value <- -(sum(ifelse(y == 1, plogis(eta, log.p = TRUE), plogis(-eta, log.p = TRUE))) + 0.5 * as.numeric(determinant(crossprod(X * sqrt(w)))$modulus))
    if (is.finite(value)) value else 1e6
  }
  climb <- function(f, start) {
    for (k in 1:6) start <- optim(start, f, method = "BFGS", control = list(reltol = 1e-16, maxit = 5000, ndeps = rep(1e-5, length(start))))$par
    optim(start, f, method = "BFGS", control = list(reltol = 1e-16, maxit = 5000, ndeps = rep(1e-5, length(start))))
  }
  found <- climb(minus, rep(0, ncol(X)))
  top <- -found$value
  profile <- function(v) {
    held <- function(b) { all <- append(b, v, place - 1); minus(all) }
    2 * (top + climb(held, found$par[-place])$value) - qchisq(0.95, 1)
  }
  b <- found$par[place]
  low <- uniroot(profile, c(b - 1, b), extendInt = "downX", tol = 1e-9)$root
  high <- uniroot(profile, c(b, b + 1), extendInt = "upX", tol = 1e-9)$root
  list(x = as.matrix(x), y = y, place = place, coefficients = found$par, penalised = top, low = low, high = high)
}

data_sets <- list(one(60, "log-linear", 1.2), one(150, "linear", 0.7), one(400, "Emax", 1), one(120, "log-linear", 0, tied = TRUE), one(3000, "log-linear", 0.9))
logistic <- list()
for (i in seq_along(data_sets)) for (form in c("linear", "log-linear")) for (adjusted in c(FALSE, TRUE))
  logistic[[length(logistic) + 1]] <- c(list(data = i - 1), logistic_case(data_sets[[i]], form, adjusted))
weight <- sample(1:4, 150, replace = TRUE)
d <- data_sets[[2]]
w <- glm(d$y ~ log(d$x), family = binomial, weights = weight, control = control)
weighted <- list(data = 1, weight = weight, coefficients = unname(coef(w)), covariance = unname(vcov(w)))

emax_sets <- list(one(1500, "Emax", 1.2), one(4000, "Emax", 1), one(1200, "Emax", 1.2, spread = 1.3))
emax <- list()
for (i in seq_along(emax_sets)) for (adjusted in c(FALSE, TRUE)) emax[[length(emax) + 1]] <- c(list(data = i - 1), emax_case(emax_sets[[i]], adjusted))

separated <- c(0.2, 0.3, 0.5, 0.6, 0.8, 1.1, 1.3, 1.6, 2, 2.2)
firth <- list(
  firth_case(log(separated), c(0, 0, 0, 0, 0, 1, 1, 1, 1, 1), 2),
  firth_case(log(data_sets[[1]]$x), data_sets[[1]]$y, 2),
  firth_case(cbind(log(data_sets[[1]]$x), data_sets[[1]]$region), data_sets[[1]]$y, 2),
  firth_case(c(rep(0, 12), rep(1, 9)), c(rep(0, 12), rep(1, 4), rep(0, 5)), 2))

geometric <- lapply(data_sets[c(1, 2, 5)], function(d) {
  t <- t.test(log(d$x[d$region == 1]), log(d$x[d$region == 0]), conf.level = 0.9)
  old <- as.numeric(d$age > 67)
  m <- lm(log(d$x) ~ d$region + old)
  se <- sqrt(diag(vcovHC(m, type = "HC3")))
  half <- qt(0.95, m$df.residual) * se
  half_n <- seq_len(floor(length(d$x) / 2))
  a <- d$x[half_n]; b <- rev(d$x)[half_n]
  p <- t.test(log(a), log(b), paired = TRUE, conf.level = 0.9)
  list(data = which(sapply(data_sets, identical, d)) - 1, ratio = exp(unname(t$estimate[1] - t$estimate[2])), low = exp(t$conf.int[1]), high = exp(t$conf.int[2]),
       adjusted = exp(unname(coef(m)[-1])), adjusted_low = exp(unname((coef(m) - half)[-1])), adjusted_high = exp(unname((coef(m) + half)[-1])),
       paired = exp(unname(p$estimate)), paired_low = exp(p$conf.int[1]), paired_high = exp(p$conf.int[2]))
})

# Calibration of a model of the first data set on the second: glm with its log-odds as covariate, and as offset.
m <- glm(y ~ log(x), family = binomial, data = data_sets[[1]], control = control)
new <- data_sets[[2]]
lp <- predict(m, new)
slope <- glm(new$y ~ lp, family = binomial, control = control)
large <- glm(new$y ~ 1 + offset(lp), family = binomial, control = control)
calibration <- list(data = 1, probability = plogis(unname(lp)), intercept = unname(coef(large)), intercept_se = sqrt(vcov(large)[1, 1]),
                    slope = unname(coef(slope)[2]), slope_se = sqrt(vcov(slope)[2, 2]))

writeLines(toJSON(list(
  made_by = list(R = R.version.string, sandwich = paste(packageVersion("sandwich"), "(GPL-2 | GPL-3)"), note = "run for its output only"),
  level = LEVEL, data = data_sets, logistic = logistic, weighted = weighted, emax_data = emax_sets, emax = emax, firth = firth,
  geometric = geometric, calibration = calibration), digits = 15, auto_unbox = TRUE, null = "null"), "exposure_response.json")
