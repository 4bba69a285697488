# Reference numbers for comparisons of proportions. Run in this folder: Rscript make.R
#
# Base R (GPL-2 | GPL-3): binom.test, fisher.test, prop.test, mantelhaen.test. metafor (GPL >= 2): escalc for the
# odds ratio and the relative risk, rma.mh for the risk difference over strata and the tests of homogeneity. rpact
# (LGPL-3): the test of Farrington and Manning, which is that of Miettinen and Nurminen without N / (N - 1).
# Score intervals and the exact interval of the conditional odds ratio are written here from the papers, with
# uniroot at its smallest tolerance: fisher.test stops its search for limits at 1e-4.
suppressPackageStartupMessages({
  library(metafor)
  library(rpact)
  library(jsonlite)
})

single <- rbind(
  c(56, 70, 48, 80), c(9, 10, 3, 10), c(6, 7, 2, 7), c(5, 56, 0, 29), c(0, 10, 0, 20), c(0, 10, 0, 10),
  c(10, 10, 0, 20), c(10, 10, 0, 10), c(0, 20, 10, 10), c(30, 30, 12, 15), c(12, 15, 30, 30), c(1, 1, 0, 1),
  c(1, 2, 1, 2), c(0, 1, 1, 40), c(33, 80, 24, 80), c(45, 60, 30, 60), c(45, 60, 15, 30), c(3, 150, 9, 150),
  c(149, 150, 141, 150), c(7, 500, 2, 250), c(250, 500, 240, 500), c(1200, 2000, 1150, 2000), c(1, 3000, 0, 1500),
  c(4, 9, 4, 9), c(2, 5, 7, 11), c(11, 11, 10, 13), c(17, 23, 9, 31), c(28, 40, 14, 41), c(60, 61, 1, 61),
  c(5, 8, 50, 800), c(62, 101, 33, 50), c(20, 20, 20, 20), c(80, 133, 52, 131), c(19, 25, 4, 22)
)
levels <- c(0.95, 0.9, 0.99)
nulls <- c(0, -0.1, 0.15)

# Rates that differ by delta and have the largest likelihood, from the logarithm of the control rate's place.
restricted <- function(x1, n1, x0, n0, delta) {
  low <- max(0, -delta)
  high <- min(1, 1 - delta)
  part <- function(k, p) if (k == 0) 0 else k / p
  slope <- function(p) {
    part(x1, p + delta) - part(n1 - x1, 1 - p - delta) + part(x0, p) - part(n0 - x0, 1 - p)
  }
  place <- function(u) low + (high - low) * plogis(u)
  ends <- c(slope(place(-33)), slope(place(33)))
  if (ends[1] <= 0) return(low)
  if (ends[2] >= 0) return(high)
  place(uniroot(function(u) slope(place(u)), c(-33, 33), tol = 1e-15, maxiter = 10000)$root)
}
mn_variance <- function(x1, n1, x0, n0, delta) {
  p0 <- restricted(x1, n1, x0, n0, delta)
  p1 <- p0 + delta
  n <- n1 + n0
  (p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0) * n / (n - 1)
}
mn_z <- function(x1, n1, x0, n0, delta) {
  difference <- x1 / n1 - x0 / n0 - delta
  v <- mn_variance(x1, n1, x0, n0, delta)
  if (v <= 0 && difference == 0) 0 else difference / sqrt(v)
}
strata_z <- function(x1, n1, x0, n0, delta, weight) {
  weight <- weight / sum(weight)
  v <- mapply(mn_variance, x1, n1, x0, n0, delta)
  (sum(weight * (x1 / n1 - x0 / n0)) - delta) / sqrt(sum(weight^2 * v))
}
limits <- function(z, estimate, level, low, high) {
  critical <- qnorm(1 - (1 - level) / 2)
  near <- 1e-9
  find <- function(f, a, b, end) {
    if (a >= b || f(a) * f(b) > 0) return(end)
    uniroot(f, c(a, b), tol = 1e-16, maxiter = 10000)$root
  }
  c(
    find(function(d) z(d) - critical, low + near, estimate, low),
    find(function(d) z(d) + critical, estimate, high - near, high)
  )
}

koopman_z <- function(x1, n1, x0, n0, ratio) {
  top <- min(1, 1 / ratio)
  part <- function(k, p) if (k == 0) 0 else k / p
  slope <- function(p) {
    part(x1, p) + part(x0, p) - ratio * part(n1 - x1, 1 - ratio * p) - part(n0 - x0, 1 - p)
  }
  place <- function(u) top * plogis(u)
  p0 <- if (x1 + x0 == 0) 0 else if (slope(place(33)) >= 0) top else {
    place(uniroot(function(u) slope(place(u)), c(-40, 33), tol = 1e-15, maxiter = 10000)$root)
  }
  p1 <- ratio * p0
  v <- p1 * (1 - p1) / n1 + ratio^2 * p0 * (1 - p0) / n0
  above <- x1 / n1 - ratio * x0 / n0
  if (v <= 0 && above == 0) 0 else above / sqrt(v)
}
koopman <- function(x1, n1, x0, n0, level) {
  if (x1 + x0 == 0) return(c(0, Inf))
  critical <- qnorm(1 - (1 - level) / 2)
  f <- function(u, bound) koopman_z(x1, n1, x0, n0, exp(u)) - bound
  root <- function(bound) {
    exp(uniroot(function(u) f(u, bound), c(-25, 25), tol = 1e-15, maxiter = 10000)$root)
  }
  c(if (x1 == 0) 0 else root(critical), if (x0 == 0) Inf else root(-critical))
}

conditional <- function(x1, n1, x0, n0, level) {
  m <- x1 + x0
  k <- max(0, m - n0):min(n1, m)
  chances <- function(u) {
    w <- lchoose(n1, k) + lchoose(n0, m - k) + k * u
    w <- exp(w - max(w))
    w / sum(w)
  }
  root <- function(f) exp(uniroot(f, c(-40, 40), tol = 1e-15, maxiter = 10000)$root)
  error <- (1 - level) / 2
  lowest <- x1 == min(k)
  highest <- x1 == max(k)
  c(
    if (lowest && highest) NA else if (lowest) 0 else if (highest) Inf else
      root(function(u) sum(chances(u) * k) - x1),
    if (lowest) 0 else root(function(u) sum(chances(u)[k >= x1]) - error),
    if (highest) Inf else root(function(u) error - sum(chances(u)[k <= x1]))
  )
}

wilson <- function(x, n, level) {
  suppressWarnings(prop.test(x, n, conf.level = level, correct = FALSE)$conf.int)[1:2]
}
newcombe <- function(x1, n1, x0, n0, level) {
  a <- wilson(x1, n1, level)
  b <- wilson(x0, n0, level)
  p1 <- x1 / n1
  p0 <- x0 / n0
  c(p1 - p0 - sqrt((p1 - a[1])^2 + (b[2] - p0)^2), p1 - p0 + sqrt((a[2] - p1)^2 + (p0 - b[1])^2))
}
farrington_manning <- function(x1, n1, x0, n0, null) {
  data <- getDataset(n1 = n1, n2 = n0, events1 = x1, events2 = x0)
  found <- try(suppressWarnings(getStageResults(getDesignGroupSequential(kMax = 1), data,
    thetaH0 = null, normalApproximation = TRUE, directionUpper = TRUE
  )), silent = TRUE)
  if (inherits(found, "try-error")) NA else found$overallTestStatistics[1]
}
pearson <- function(x1, n1, x0, n0) {
  statistic <- suppressWarnings(prop.test(c(x1, x0), c(n1, n0), correct = FALSE))$statistic
  sign(x1 / n1 - x0 / n0) * sqrt(unname(statistic))
}

one <- function(i) {
  t <- single[i, ]
  level <- levels[(i - 1) %% 3 + 1]
  null <- nulls[(i - 1) %% 3 + 1]
  table <- matrix(c(t[1], t[2] - t[1], t[3], t[4] - t[3]), 2)
  woolf <- escalc("OR", ai = t[1], n1i = t[2], ci = t[3], n2i = t[4], add = 0.5, to = "all")
  katz <- escalc("RR", ai = t[1], n1i = t[2], ci = t[3], n2i = t[4], add = 0, to = "none")
  inside <- t[1] > 0 && t[3] > 0
  list(
    table = t, level = level, null = null,
    clopper_pearson = as.numeric(binom.test(t[1], t[2], conf.level = level)$conf.int)[1:2],
    wilson = wilson(t[1], t[2], level),
    miettinen_nurminen_z = mn_z(t[1], t[2], t[3], t[4], null),
    miettinen_nurminen = limits(
      function(d) mn_z(t[1], t[2], t[3], t[4], d), t[1] / t[2] - t[3] / t[4], level, -1, 1
    ),
    farrington_manning_z = farrington_manning(t[1], t[2], t[3], t[4], null),
    newcombe = newcombe(t[1], t[2], t[3], t[4], level),
    fisher_greater = fisher.test(table, alternative = "greater")$p.value,
    fisher_two_sided = fisher.test(table)$p.value,
    fisher_test_estimate = unname(fisher.test(table)$estimate),
    conditional = conditional(t[1], t[2], t[3], t[4], level),
    pearson_z = pearson(t[1], t[2], t[3], t[4]),
    koopman = koopman(t[1], t[2], t[3], t[4], level),
    woolf_half_added = c(as.numeric(woolf$yi), woolf$vi),
    katz = if (inside) c(as.numeric(katz$yi), katz$vi) else c(NA, NA)
  )
}

strata <- list(
  list(c(9, 12, 7), c(20, 25, 18), c(4, 9, 2), c(19, 26, 20)),
  list(c(5, 1), c(10, 30), c(2, 4), c(11, 29)),
  list(c(33, 14, 60, 2), c(80, 31, 100, 9), c(24, 20, 55, 1), c(80, 33, 98, 10)),
  list(c(0, 4, 9), c(12, 15, 20), c(1, 3, 2), c(14, 15, 22)),
  list(c(12, 15, 19), c(12, 15, 20), c(10, 14, 12), c(13, 16, 20)),
  list(c(100, 200, 300), c(400, 400, 400), c(90, 180, 310), c(400, 400, 400)),
  list(c(4, 5, 6, 7, 8), c(9, 10, 11, 12, 13), c(1, 2, 3, 4, 5), c(18, 17, 16, 15, 14)),
  list(c(40, 3), c(50, 300), c(30, 1), c(50, 100)),
  list(c(1, 1, 1, 1, 1, 1), c(3, 4, 3, 4, 3, 4), c(1, 0, 1, 0, 2, 0), c(2, 3, 2, 3, 4, 3)),
  list(c(21, 8), c(60, 20), c(13, 9), c(30, 10)),
  list(c(2, 9), c(40, 10), c(9, 2), c(41, 10)),
  list(c(17, 5, 3), c(25, 30, 35), c(19, 6, 4), c(26, 29, 36)),
  list(c(50, 61, 72), c(101, 99, 103), c(35, 44, 70), c(50, 52, 91)),
  list(c(3, 2, 1), c(200, 300, 500), c(6, 7, 3), c(210, 290, 505)),
  list(c(8, 16), c(10, 20), c(3, 5), c(10, 20))
)
random <- function(seed) {
  set.seed(seed)
  k <- 2 + seed %% 6
  n1 <- sample(8:90, k, TRUE)
  n0 <- sample(8:90, k, TRUE)
  p <- runif(k, 0.15, 0.6)
  list(rbinom(k, n1, pmin(p + 0.12, 1)), n1, rbinom(k, n0, p), n0)
}
strata <- c(strata, lapply(101:120, random))

many <- function(i) {
  t <- lapply(strata[[i]], as.numeric)
  level <- levels[(i - 1) %% 3 + 1]
  null <- nulls[(i - 1) %% 3 + 1]
  cube <- array(rbind(t[[1]], t[[2]] - t[[1]], t[[3]], t[[4]] - t[[3]]), c(2, 2, length(t[[1]])))
  plain <- mantelhaen.test(cube, correct = FALSE, conf.level = level)
  corrected <- mantelhaen.test(cube, correct = TRUE)
  mh <- function(measure) {
    rma.mh(
      measure = measure, ai = t[[1]], n1i = t[[2]], ci = t[[3]], n2i = t[[4]], add = 0, to = "none",
      drop00 = FALSE, level = 100 * level
    )
  }
  difference <- mh("RD")
  ratio <- mh("OR")
  score <- function(weight) {
    p <- weight / sum(weight)
    estimate <- sum(p * (t[[1]] / t[[2]] - t[[3]] / t[[4]]))
    z <- function(d) strata_z(t[[1]], t[[2]], t[[3]], t[[4]], d, weight)
    c(estimate, limits(z, estimate, level, -1, 1), z(null))
  }
  list(
    x_experimental = t[[1]], n_experimental = t[[2]], x_control = t[[3]], n_control = t[[4]],
    level = level, null = null,
    cmh = unname(plain$statistic), cmh_corrected = unname(corrected$statistic),
    odds_ratio = c(unname(plain$estimate), plain$conf.int[1:2]),
    risk_difference = c(as.numeric(difference$beta), difference$se, difference$ci.lb, difference$ci.ub),
    odds_ratio_log_se = ratio$se,
    breslow_day = ratio$BD, tarone = ratio$TA, tarone_p = ratio$TAp,
    score_mantel_haenszel = score(t[[2]] * t[[4]] / (t[[2]] + t[[4]])),
    score_sample_size = score(t[[2]] + t[[4]])
  )
}

written <- list(
  made_by = list(
    R = R.version.string,
    metafor = paste(packageVersion("metafor"), packageDescription("metafor")$License),
    rpact = paste(packageVersion("rpact"), packageDescription("rpact")$License),
    base = "GPL-2 | GPL-3"
  ),
  single = lapply(seq_len(nrow(single)), one),
  strata = lapply(seq_along(strata), many)
)
# toJSON stops at 15 digits: numbers go through it as text of 17 and lose their quotes after it.
digits <- function(x) rapply(x, function(v) sprintf("%.17g", v), classes = c("numeric", "integer"), how = "replace")
json <- toJSON(digits(written), auto_unbox = TRUE, na = "string", pretty = TRUE)
json <- gsub('"(-?[0-9]+([.][0-9]+)?(e[-+]?[0-9]+)?)"', "\\1", json)
writeLines(json, "proportions.json")
