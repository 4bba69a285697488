# Reference numbers for Bayesian analyses of rates. Run in this folder: Rscript make.R, which writes bayes.json.
#
# Base R alone (GPL-2 | GPL-3): pbeta, qbeta, lbeta, integrate, pnorm, dbinom. No package for meta-analytic-predictive
# priors is used: the meta-analyses are brute force, over 601 equal steps of the standardised logit of a study, 400
# of the mean, and 120 nodes of Gauss and Legendre of the heterogeneity, the same for every case: no range is looked
# for. jsonlite (MIT) writes the file. Takes minutes.
library(jsonlite)

# --- one rate -------------------------------------------------------------------------------------------------
priors <- list(
  list(w = 1, a = 1, b = 1), list(w = 1, a = 0.5, b = 0.5), list(w = 1, a = 3, b = 7), list(w = 1, a = 0.01, b = 0.01),
  list(w = c(0.8, 0.2), a = c(10, 1), b = c(20, 1)),
  list(w = c(0.5, 0.3, 0.2), a = c(30.5, 4.25, 1), b = c(70.25, 3.5, 1)),
  list(w = c(0.9, 0.1), a = c(200, 1), b = c(300, 1))
)
data <- list(c(0, 10), c(10, 10), c(7, 20), c(33, 80), c(1, 1), c(400, 1000))
one <- function(prior, xn, p0) {
  a <- prior$a + xn[1]
  b <- prior$b + xn[2] - xn[1]
  l <- log(prior$w) + lbeta(a, b) - lbeta(prior$a, prior$b)
  w <- exp(l - max(l))
  w <- w / sum(w)
  below <- function(p) sum(w * pbeta(p, a, b))
  centre <- sum(w * a / (a + b))
  second <- sum(w * a * (a + 1) / ((a + b) * (a + b + 1)))
  at <- function(q) {
    ends <- range(qbeta(q, a, b))
    if (ends[1] == ends[2]) return(ends[1])
    uniroot(function(p) below(p) - q, ends, tol = 1e-15, maxiter = 10000)$root
  }
  m <- 12
  y <- 0:m
  ahead <- sapply(y, function(k) sum(w * exp(lchoose(m, k) + lbeta(a + k, b + m - k) - lbeta(a, b))))
  list(
    weight = prior$w, a = prior$a, b = prior$b, x = xn[1], n = xn[2], p0 = p0,
    posterior_weight = w, mean = centre, variance = second - centre^2,
    above = sum(w * pbeta(p0, a, b, lower.tail = FALSE)), interval = c(at(0.025), at(0.975)), ahead = ahead
  )
}
single <- list()
for (i in seq_along(priors)) for (j in seq_along(data)) {
  single[[length(single) + 1]] <- one(priors[[i]], data[[j]], c(0.3, 0.15, 0.55)[(i + j) %% 3 + 1])
}

# --- difference of two rates ----------------------------------------------------------------------------------
arms <- rbind(
  c(1, 1, 1, 1), c(8, 4, 3, 9), c(34, 48, 25, 57), c(0.5, 20.5, 3.5, 17.5), c(401, 601, 361, 641), c(13, 2, 9, 6),
  c(1.25, 6.5, 0.75, 9.5), c(61, 41, 12, 18), c(2, 200, 1, 150), c(5, 5, 500, 500), c(90, 12, 88, 9), c(3, 1, 1, 3)
)
margins <- c(0, 0.1, -0.15, 0.4)
difference <- list()
for (i in seq_len(nrow(arms))) for (margin in margins[c(1, i %% 3 + 2)]) {
  t <- arms[i, ]
  f <- function(p) dbeta(p, t[3], t[4]) * pbeta(p + margin, t[1], t[2], lower.tail = FALSE)
  low <- max(0, -margin)
  high <- min(1, 1 - margin)
  # Cut where either distribution has its mass, so that integrate cannot pass over it.
  tails <- c(1e-15, 1e-8, 1e-4, 0.02, 0.2, 0.5, 0.8, 0.98, 1 - 1e-4, 1 - 1e-8)
  cuts <- c(qbeta(tails, t[3], t[4]), qbeta(tails, t[1], t[2]) - margin)
  cuts <- sort(unique(c(low, high, cuts[cuts > low & cuts < high])))
  cuts <- cuts[c(TRUE, diff(cuts) > 1e-9)]
  parts <- mapply(function(u, v) integrate(f, u, v, rel.tol = 1e-12, abs.tol = 1e-13, subdivisions = 2000)$value,
    cuts[-length(cuts)], cuts[-1])
  difference[[length(difference) + 1]] <- list(
    experimental = t[1:2], control = t[3:4], margin = margin, above = pbeta(low, t[3], t[4]) + sum(parts)
  )
}

# --- predictive probability and assurance ---------------------------------------------------------------------
normal <- list()
cases <- rbind(
  c(1.2, 50, 100, 1.96, 0, 0), c(0.3, 30, 120, 2.1, 0.2, 20), c(-0.5, 10, 40, 1.96, 0.5, 5), c(2.5, 99, 100, 2, 0, 0),
  c(0.8, 0, 60, 1.96, 0.25, 16), c(1.9, 20, 200, 2.3, 0, 400), c(1, 1e-3, 70, 1.645, 0.3, 9), c(3, 50, 51, 1.96, -1, 1)
)
for (i in seq_len(nrow(cases))) {
  k <- cases[i, ]
  known <- k[2] + k[6]
  centre <- (k[6] * k[5] + k[1] * sqrt(k[2])) / known
  # The effect has its posterior; given it, what is still to come of the statistic is normal.
  rest <- k[3] - k[2]
  f <- function(u) {
    theta <- centre + u / sqrt(known)
    dnorm(u) * pnorm((k[1] * sqrt(k[2]) + theta * rest - k[4] * sqrt(k[3])) / sqrt(rest))
  }
  whole <- integrate(f, -12, 0, rel.tol = 1e-12)$value + integrate(f, 0, 12, rel.tol = 1e-12)$value
  normal[[i]] <- list(z = k[1], information = k[2], final = k[3], bound = k[4], prior_mean = k[5],
    prior_information = k[6], success = whole)
}
assured <- list()
cases <- rbind(c(0.3, 0.2, 60, 1.96), c(0.1, 0.5, 300, 2.2), c(0, 1, 10, 1.645), c(-0.2, 0.1, 80, 1.96),
  c(0.5, 0.01, 20, 1.96), c(0.25, 0.25, 1000, 1.96))
for (i in seq_len(nrow(cases))) {
  k <- cases[i, ]
  f <- function(u) dnorm(u) * pnorm((k[1] + k[2] * u) * sqrt(k[3]) - k[4])
  cut <- min(max((k[4] / sqrt(k[3]) - k[1]) / k[2], -12), 12)
  ends <- sort(unique(c(-13, cut, 13)))
  parts <- mapply(function(u, v) integrate(f, u, v, rel.tol = 1e-12, subdivisions = 2000)$value,
    ends[-length(ends)], ends[-1])
  assured[[i]] <- list(mean = k[1], sd = k[2], information = k[3], bound = k[4], assurance = sum(parts))
}
arm <- list()
for (i in seq_along(priors)) {
  p <- priors[[i]]
  n <- 60
  needed <- 25
  y <- needed:n
  arm[[i]] <- list(weight = p$w, a = p$a, b = p$b, n = n, needed = needed, assurance = sum(sapply(y, function(k)
    sum(p$w * exp(lchoose(n, k) + lbeta(p$a + k, p$b + n - k) - lbeta(p$a, p$b))))))
}

# --- meta-analysis, brute force -------------------------------------------------------------------------------
z <- seq(-9.5, 9.5, length.out = 601)
phi <- dnorm(z) * (z[2] - z[1])
likelihood <- function(x, n, mu, tau) {
  # dbinom is slow: the same by its logarithm.
  u <- outer(mu, tau * z, "+")
  as.numeric(exp(lchoose(n, x) + x * plogis(u, log.p = TRUE) + (n - x) * plogis(-u, log.p = TRUE)) %*% phi)
}
legendre <- function(n) {
  k <- seq_len(n - 1)
  b <- k / sqrt(4 * k^2 - 1)
  matrix <- diag(0, n)
  matrix[cbind(k, k + 1)] <- b
  matrix[cbind(k + 1, k)] <- b
  e <- eigen(matrix, symmetric = TRUE)
  list(x = e$values, w = 2 * e$vectors[1, ]^2)
}
rule <- legendre(120)
meta <- function(x, n, m, s, scale) {
  mu <- m + 7.5 * s * seq(-1, 1, length.out = 400)
  tau <- 7.5 * scale * (rule$x + 1) / 2
  weight <- sapply(seq_along(tau), function(i) {
    out <- dnorm(mu, m, s) * (mu[2] - mu[1]) * 2 * dnorm(tau[i], 0, scale) * rule$w[i] * 7.5 * scale / 2
    for (j in seq_along(x)) out <- out * likelihood(x[j], n[j], mu, tau[i])
    out
  })
  evidence <- sum(weight)
  # As a function of the mean this is nearly a step where tau is small: integrate, cut there.
  below <- function(i) {
    f <- function(mu) {
      out <- dnorm(mu, m, s) * pnorm((qlogis(0.3) - mu) / tau[i])
      for (j in seq_along(x)) out <- out * likelihood(x[j], n[j], mu, tau[i])
      out
    }
    seen <- mu[range(which(weight[, i] > 1e-16 * max(weight[, i])))] + c(-0.1, 0.1)
    ends <- c(seen, mean(seen), qlogis(0.3) + tau[i] * c(-6, 0, 6))
    ends <- sort(unique(pmin(pmax(ends, seen[1]), seen[2])))
    parts <- mapply(function(u, v) integrate(f, u, v, rel.tol = 1e-9, abs.tol = 0, stop.on.error = FALSE)$value,
      ends[-length(ends)], ends[-1])
    sum(parts) * 2 * dnorm(tau[i], 0, scale) * rule$w[i] * 7.5 * scale / 2
  }
  expected <- function(value) sum(weight * sapply(tau, function(t) value(mu, t))) / evidence
  list(
    x = x, n = n, mu_mean = m, mu_sd = s, tau_scale = scale, log_evidence = log(evidence),
    tau = expected(function(mu, tau) rep(tau, length(mu))), mu = expected(function(mu, tau) mu),
    mean_rate = expected(function(mu, tau) plogis(mu)),
    below = sum(sapply(seq_along(tau), function(i) below(i))) / evidence,
    new_rate = expected(function(mu, tau) likelihood(1, 1, mu, tau)),
    none_of_ten = expected(function(mu, tau) likelihood(0, 10, mu, tau))
  )
}
metas <- list(
  meta(c(6, 9), c(20, 35), 0, 2, 1), meta(c(0, 4), c(12, 25), 0, 2, 0.5), meta(3, 20, -1, 1.5, 1),
  meta(c(12, 20, 9), c(40, 41, 45), 0, 2, 0.5), meta(c(25, 5), c(30, 30), 0, 2, 1), meta(c(10, 0), c(10, 10), 0, 2, 1),
  meta(c(23, 12, 19, 9, 39, 6, 9, 10), c(107, 44, 51, 39, 139, 20, 78, 35), 0, 2, 1)
)

written <- list(
  made_by = list(R = R.version.string, base = "GPL-2 | GPL-3",
    jsonlite = paste(packageVersion("jsonlite"), packageDescription("jsonlite")$License)),
  single = single, difference = difference, normal = normal, assurance = assured, single_arm = arm, meta = metas
)
# toJSON stops at 15 digits: numbers go through it as text of 17 and lose their quotes after it.
digits <- function(x) rapply(x, function(v) sprintf("%.17g", v), classes = c("numeric", "integer"), how = "replace")
json <- toJSON(digits(written), auto_unbox = TRUE, na = "string", pretty = TRUE)
json <- gsub('"(-?[0-9]+([.][0-9]+)?(e[-+]?[0-9]+)?)"', "\\1", json)
writeLines(json, "bayes.json")
