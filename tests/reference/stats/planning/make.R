# Reference numbers for sample sizes, durations and events. Run in this folder: Rscript make.R
#
# rpact (LGPL-3): sizes for survival, means and rates, expected events, patients and times of looks. Base R (GPL-2 |
# GPL-3): power.prop.test, power.t.test, pbinom, phyper. Packages are run for their output. What none of these has is
# written here from the papers a second time: the variances of Lachin and Foulkes (1986) and the drift of the log-rank
# test by numerical integration of base R, Fisher's exact power by a sum over all tables.
suppressPackageStartupMessages({
  library(rpact)
  library(jsonlite)
})

fixed <- function(alpha, power) getDesignGroupSequential(kMax = 1, alpha = alpha, beta = 1 - power, sided = 1)
rows <- function(frame, f) lapply(seq_len(nrow(frame)), function(i) f(as.list(frame[i, ])))

# Events by formula.
events <- rows(
  rbind(
    expand.grid(
      hr = c(0.3, 0.65, 0.8), ratio = c(0.5, 1, 3), formula = c("Schoenfeld", "Freedman", "HsiehFreedman"),
      alpha = 0.025, power = 0.9, stringsAsFactors = FALSE
    ),
    data.frame(hr = c(0.95, 0.5, 0.75), ratio = c(1, 1.5, 2 / 3), formula = "Schoenfeld", alpha = c(0.05, 0.005, 0.1), power = c(0.8, 0.99, 0.6)),
    data.frame(hr = c(0.95, 0.5, 0.75), ratio = c(1, 1.5, 2 / 3), formula = "Freedman", alpha = c(0.05, 0.005, 0.1), power = c(0.8, 0.99, 0.6))
  ),
  function(x) {
    size <- getSampleSizeSurvival(fixed(x$alpha, x$power),
      typeOfComputation = x$formula, hazardRatio = x$hr, lambda2 = 0.05,
      accrualTime = c(0, 12), followUpTime = 12, allocationRatioPlanned = x$ratio
    )
    list(given = x, events = size$eventsFixed)
  }
)
margins <- lapply(list(c(1.3, 1, 1), c(1.25, 0.9, 1), c(1.3, 1, 2), c(1.5, 1.1, 0.5)), function(x) {
  size <- getSampleSizeSurvival(fixed(0.025, 0.9),
    typeOfComputation = "Schoenfeld", thetaH0 = x[1], hazardRatio = x[2], lambda2 = 0.05,
    accrualTime = c(0, 12), followUpTime = 12, allocationRatioPlanned = x[3]
  )
  list(given = list(null = x[1], hr = x[2], ratio = x[3], alpha = 0.025, power = 0.9), events = size$eventsFixed)
})

# Trials with a time to event: enrolment, hazard of control, dropout shares by a time, allocation.
trial <- function(times, rates, starts, hazard, hr, lost1, lost0, by, ratio) {
  list(
    times = times, rates = rates, starts = starts, hazard = hazard, hr = hr, lost1 = lost1, lost0 = lost0, by = by,
    ratio = ratio
  )
}
trials <- list(
  trial(c(0, 24), 20, 0, log(2) / 12, 0.7, 0, 0, 12, 1),
  trial(c(0, 24), 20, 0, log(2) / 12, 0.7, 0.05, 0.05, 12, 1),
  trial(c(0, 24), 20, 0, log(2) / 12, 0.6, 0.05, 0.1, 12, 2),
  trial(c(0, 6, 24), c(10, 25), 0, log(2) / 12, 0.7, 0.05, 0.1, 12, 2),
  trial(c(0, 3, 6, 9, 18), c(5, 10, 20, 40), 0, 0.03, 0.65, 0.02, 0.02, 6, 1),
  trial(c(0, 10), 60, 0, 0.002, 0.5, 0.1, 0.1, 12, 1),
  trial(c(0, 36), 9, 0, 0.4, 0.75, 0, 0, 12, 3),
  trial(c(0, 12), 30, c(0, 6, 12), c(0.1, 0.05, 0.03), 0.7, 0.05, 0.1, 12, 2),
  trial(c(0, 6, 24), c(10, 25), c(0, 6, 12), c(0.1, 0.05, 0.03), 0.7, 0.05, 0.1, 12, 2),
  trial(c(0, 24), 22, c(0, 3), c(0.02, 0.08), 0.72, 0, 0, 12, 1),
  trial(c(0, 20), 30, c(0, 1, 2, 5, 30), c(0.2, 0.01, 0.05, 0.08, 0.001), 0.6, 0.15, 0.02, 12, 0.5),
  trial(c(0, 5, 12, 30), c(4, 30, 12), c(0, 9), c(0.05, 0.01), 0.55, 0.03, 0.03, 12, 1.5)
)
arguments <- function(x) {
  hazard <- if (length(x$starts) == 1) list(lambda2 = x$hazard) else list(piecewiseSurvivalTime = x$starts, lambda2 = x$hazard)
  c(hazard, list(
    hazardRatio = x$hr, accrualTime = x$times, dropoutRate1 = x$lost1, dropoutRate2 = x$lost0,
    dropoutTime = x$by, allocationRatioPlanned = x$ratio
  ))
}
size_of <- function(x, formula, ...) {
  do.call(getSampleSizeSurvival, c(list(fixed(0.025, 0.9), typeOfComputation = formula, ...), arguments(x)))
}
patients <- list()
durations <- list()
for (i in seq_along(trials)) {
  x <- trials[[i]]
  for (each in list(list("Schoenfeld", 12), list("Freedman", 6), list("HsiehFreedman", 30))) {
    size <- if (length(x$rates) == 1) size_of(x, each[[1]], followUpTime = each[[2]]) else {
      size_of(x, each[[1]], followUpTime = each[[2]], accrualIntensity = x$rates / 1000, accrualIntensityType = "relative")
    }
    patients <- c(patients, list(list(
      trial = i, formula = each[[1]], follow_up = each[[2]], patients = size$nFixed, events = size$eventsFixed
    )))
    # The number of patients that the trial has, if it is enough for the events to come.
    found <- tryCatch(size_of(x, each[[1]], accrualIntensity = x$rates), error = function(e) NULL, warning = function(e) NULL)
    if (!is.null(found) && isTRUE(found$followUpTime > 0)) {
      durations <- c(durations, list(list(
        trial = i, formula = each[[1]], events = found$eventsFixed, duration = as.vector(found$analysisTime)
      )))
    }
  }
}

# Expected patients, and probabilities of an event, over calendar time: by rpact, and with the hazard integrated over
# follow-up, times those enrolled long enough ago, piece by piece.
piecewise <- function(rates, starts) function(s) rates[findInterval(s, starts)]
cumulative <- function(rates, starts) {
  function(s) vapply(s, function(x) sum(rates * pmax(pmin(c(starts[-1], Inf), x) - starts, 0)), 0)
}
enrolled_by <- function(times, rates) {
  function(t) vapply(t, function(z) sum(rates * pmax(pmin(times[-1], z) - head(times, -1), 0)), 0)
}
# Inside pieces, as integrands jump between them: an integral over a jump is good to six digits only.
over_pieces <- function(f, edges) {
  sum(mapply(function(a, b) integrate(f, a, b, rel.tol = 1e-13)$value, head(edges, -1) + 1e-13, edges[-1] - 1e-13))
}
edges_of <- function(time, times, ...) sort(unique(pmin(pmax(c(0, time, ..., time - times), 0), time)))
observed_share <- function(x, time, ratio, lost) {
  rates <- x$hazard * ratio
  hazard <- piecewise(rates, x$starts)
  already <- cumulative(rates, x$starts)
  leaving <- -log(1 - lost) / x$by
  enrolled <- enrolled_by(x$times, x$rates)
  seen <- function(s) enrolled(time - s) * hazard(s) * exp(-already(s) - leaving * s)
  over_pieces(seen, edges_of(time, x$times, x$starts)) / sum(diff(x$times) * x$rates)
}
calendar <- lapply(seq_along(trials), function(i) {
  x <- trials[[i]]
  time <- c(0.5, 3, 6, 11, 24, 40, 75)
  events <- do.call(getEventProbabilities, c(list(time = time, accrualIntensity = x$rates), arguments(x)))
  enrolled <- getNumberOfSubjects(time = time, accrualTime = x$times, accrualIntensity = x$rates)
  list(
    trial = i, time = time, patients = as.vector(enrolled$numberOfSubjects), both = as.vector(events$cumulativeEventProbabilities),
    experimental = as.vector(events$eventProbabilities1), control = as.vector(events$eventProbabilities2),
    integrated_experimental = vapply(time, function(t) observed_share(x, t, x$hr, x$lost1), 0),
    integrated_control = vapply(time, function(t) observed_share(x, t, 1, x$lost0), 0)
  )
})

# Times of looks at fractions of the events.
looks <- list()
for (i in c(1, 2, 3, 4, 5, 8, 9, 10)) {
  x <- trials[[i]]
  fractions <- c(0.2, 0.5, 0.75, 1)
  design <- getDesignGroupSequential(informationRates = fractions, alpha = 0.025, beta = 0.1, sided = 1, typeOfDesign = "asOF")
  found <- tryCatch(
    do.call(getSampleSizeSurvival, c(list(design, accrualIntensity = x$rates), arguments(x))),
    error = function(e) NULL, warning = function(e) NULL
  )
  if (!is.null(found)) {
    looks <- c(looks, list(list(
      trial = i, events = as.vector(found$eventsPerStage), time = as.vector(found$analysisTime),
      patients = as.vector(found$numberOfSubjects)
    )))
  }
}

# Means.
means <- rows(
  rbind(
    expand.grid(arms = 2, known = c(TRUE, FALSE), ratio = c(0.5, 1, 3), effect = c(0.15, 0.6, 2), sd = 1, alpha = 0.025, power = 0.9),
    expand.grid(arms = 1, known = c(TRUE, FALSE), ratio = 1, effect = c(0.2, 0.7), sd = 1.3, alpha = c(0.05, 0.001), power = 0.8)
  ),
  function(x) {
    size <- if (x$arms == 1) {
      getSampleSizeMeans(fixed(x$alpha, x$power), groups = 1, alternative = x$effect, stDev = x$sd, normalApproximation = x$known)
    } else {
      getSampleSizeMeans(fixed(x$alpha, x$power),
        groups = 2, alternative = x$effect, stDev = x$sd, normalApproximation = x$known,
        allocationRatioPlanned = x$ratio
      )
    }
    list(given = x, patients = size$nFixed)
  }
)
t_tests <- rows(
  expand.grid(type = c("one.sample", "two.sample"), delta = c(0.3, 1), sd = c(1, 0.8), power = c(0.8, 0.95), stringsAsFactors = FALSE),
  function(x) {
    found <- power.t.test(
      delta = x$delta, sd = x$sd, sig.level = 0.025, power = x$power, type = x$type, alternative = "one.sided", tol = 1e-14
    )
    at <- power.t.test(n = 23, delta = x$delta, sd = x$sd, sig.level = 0.025, type = x$type, alternative = "one.sided")
    list(given = x, n = found$n, power_of_23 = at$power)
  }
)

# Response rates.
two_rates <- rows(
  rbind(
    expand.grid(p1 = c(0.3, 0.45, 0.9), p0 = c(0.05, 0.2), ratio = c(0.5, 1, 2), margin = 0),
    data.frame(p1 = c(0.4, 0.8, 0.75, 0.55, 0.9), p0 = c(0.4, 0.8, 0.75, 0.5, 0.92), ratio = c(2, 1, 1, 0.5, 3), margin = c(-0.1, -0.1, -0.15, -0.07, -0.08))
  ),
  function(x) {
    size <- getSampleSizeRates(fixed(0.025, 0.9),
      groups = 2, pi1 = x$p1, pi2 = x$p0, thetaH0 = x$margin, allocationRatioPlanned = x$ratio
    )
    at <- getPowerRates(fixed(0.025, 0.9),
      groups = 2, pi1 = x$p1, pi2 = x$p0, thetaH0 = x$margin, allocationRatioPlanned = x$ratio, maxNumberOfSubjects = 120
    )
    list(given = x, patients = size$nFixed, power_of_120 = at$overallReject)
  }
)
prop_tests <- rows(
  expand.grid(p1 = c(0.3, 0.6), p0 = c(0.1, 0.25), power = c(0.8, 0.95)),
  function(x) {
    found <- power.prop.test(p1 = x$p0, p2 = x$p1, power = x$power, sig.level = 0.025, alternative = "one.sided", tol = 1e-14)
    at <- power.prop.test(p1 = x$p0, p2 = x$p1, n = 40, sig.level = 0.025, alternative = "one.sided")
    list(given = x, n = found$n, power_of_40 = at$power)
  }
)
one_rate <- rows(
  data.frame(
    p0 = c(0.05, 0.1, 0.1, 0.2, 0.2, 0.3, 0.3, 0.5, 0.6, 0.8, 0.01, 0.4),
    p1 = c(0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.65, 0.8, 0.95, 0.06, 0.45),
    alpha = c(0.05, 0.05, 0.025, 0.05, 0.025, 0.1, 0.025, 0.05, 0.025, 0.01, 0.025, 0.05),
    power = c(0.8, 0.9, 0.8, 0.8, 0.9, 0.9, 0.95, 0.8, 0.9, 0.8, 0.9, 0.8)
  ),
  function(x) {
    normal <- getSampleSizeRates(fixed(x$alpha, x$power), groups = 1, thetaH0 = x$p0, pi1 = x$p1, normalApproximation = TRUE)
    exact <- getSampleSizeRates(fixed(x$alpha, x$power), groups = 1, thetaH0 = x$p0, pi1 = x$p1, normalApproximation = FALSE)
    # Every number of patients up to 4000: least responders that reject, and power there.
    n <- 1:4000
    r <- qbinom(x$alpha, n, x$p0, lower.tail = FALSE) + 1
    reaches <- pbinom(r - 1, n, x$p1, lower.tail = FALSE) >= x$power
    first <- which(reaches)[1]
    lasting <- max(which(!reaches)) + 1
    list(given = x, normal = normal$nFixed, rpact_exact = exact$nFixed, first = c(first, r[first]), lasting = c(lasting, r[lasting]))
  }
)

# Fisher's exact test: power over all tables.
fisher <- rows(
  data.frame(
    n1 = c(10, 20, 30, 45, 40, 15, 7, 60), n0 = c(10, 20, 15, 45, 20, 30, 9, 61),
    p1 = c(0.8, 0.6, 0.55, 0.5, 0.7, 0.5, 0.9, 0.3), p0 = c(0.2, 0.2, 0.15, 0.25, 0.35, 0.05, 0.1, 0.29), alpha = c(0.025, 0.025, 0.05, 0.025, 0.05, 0.01, 0.1, 0.025)
  ),
  function(x) {
    a <- rep(0:x$n1, times = x$n0 + 1)
    b <- rep(0:x$n0, each = x$n1 + 1)
    p <- phyper(a - 1, x$n1, x$n0, a + b, lower.tail = FALSE)
    power <- sum((dbinom(a, x$n1, x$p1) * dbinom(b, x$n0, x$p0))[p <= x$alpha])
    level <- sum((dbinom(a, x$n1, x$p0) * dbinom(b, x$n0, x$p0))[p <= x$alpha])
    list(given = x, power = power, level = level)
  }
)

# Lachin and Foulkes (1986) by numerical integration, uniform accrual over `accrual`, final look at `end`.
observed <- function(hazard, lost, accrual, end) {
  seen <- function(x) hazard / (hazard + lost) * (1 - exp(-(hazard + lost) * x))
  integrate(function(u) seen(end - u), 0, accrual, rel.tol = 1e-12)$value / accrual
}
lachin_foulkes <- rows(
  expand.grid(hr = c(0.5, 0.75), ratio = c(0.5, 1, 2), lost = c(0, 0.01), follow_up = c(6, 24)),
  function(x) {
    control <- 0.06
    accrual <- 18
    q1 <- x$ratio / (1 + x$ratio)
    q0 <- 1 - q1
    experimental <- control * x$hr
    mean <- q1 * experimental + q0 * control
    end <- accrual + x$follow_up
    null <- observed(mean, x$lost, accrual, end)
    s0 <- mean * sqrt(1 / (q1 * null) + 1 / (q0 * null))
    s1 <- sqrt(experimental^2 / (q1 * observed(experimental, x$lost, accrual, end)) + control^2 / (q0 * observed(control, x$lost, accrual, end)))
    list(given = c(x, control = control, accrual = accrual), patients = ((qnorm(0.975) * s0 + qnorm(0.9) * s1) / (control - experimental))^2)
  }
)

# Expected score and variance of the log-rank test, enrolment at constant rates between times, by integrate().
moments <- lapply(
  list(
    list(times = c(0, 18), rates = 25, starts1 = c(0, 4), rates1 = c(0.06, 0.03), starts0 = 0, rates0 = 0.06, lost = 0.005, ratio = 1, time = 30),
    list(times = c(0, 18), rates = 25, starts1 = c(0, 4), rates1 = c(0.06, 0.03), starts0 = 0, rates0 = 0.06, lost = 0.005, ratio = 2, time = 12),
    list(times = c(0, 6, 24), rates = c(8, 20), starts1 = c(0, 3, 9), rates1 = c(0.09, 0.04, 0.02), starts0 = c(0, 6), rates0 = c(0.07, 0.05), lost = 0, ratio = 1, time = 40),
    list(times = c(0, 6, 24), rates = c(8, 20), starts1 = c(0, 12), rates1 = c(0.02, 0.08), starts0 = 0, rates0 = 0.05, lost = 0.01, ratio = 0.5, time = 36),
    list(times = c(0, 10), rates = 40, starts1 = 0, rates1 = 0.03, starts0 = 0, rates0 = 0.05, lost = 0.002, ratio = 1, time = 25),
    list(times = c(0, 10), rates = 40, starts1 = 0, rates1 = 0.01, starts0 = 0, rates0 = 0.1, lost = 0, ratio = 3, time = 60)
  ),
  function(x) {
    q1 <- x$ratio / (1 + x$ratio)
    enrolled <- enrolled_by(x$times, x$rates)
    h1 <- piecewise(x$rates1, x$starts1)
    h0 <- piecewise(x$rates0, x$starts0)
    c1 <- cumulative(x$rates1, x$starts1)
    c0 <- cumulative(x$rates0, x$starts0)
    y1 <- function(s) q1 * enrolled(x$time - s) * exp(-c1(s) - x$lost * s)
    y0 <- function(s) (1 - q1) * enrolled(x$time - s) * exp(-c0(s) - x$lost * s)
    edges <- edges_of(x$time, x$times, x$starts1, x$starts0)
    total <- function(f) over_pieces(f, edges)
    both <- function(s) pmax(y1(s) + y0(s), 1e-300)
    score <- total(function(s) y1(s) * y0(s) / both(s) * (h0(s) - h1(s)))
    variance <- total(function(s) y1(s) * y0(s) / both(s)^2 * (y1(s) * h1(s) + y0(s) * h0(s)))
    expected <- function(theta) total(function(s) y1(s) * h1(s) - y1(s) * theta / (y1(s) * theta + pmax(y0(s), 1e-300)) * (y1(s) * h1(s) + y0(s) * h0(s)))
    limit <- exp(uniroot(function(l) expected(exp(l)), c(-5, 2), tol = 1e-13)$root)
    list(given = x, score = score, variance = variance, hazard_ratio = limit)
  }
)

# toJSON stops at 15 digits: numbers go through it as text of 17 and lose their quotes after it.
digits <- function(x) rapply(x, function(v) sprintf("%.17g", v), classes = c("numeric", "integer"), how = "replace")
written <- list(
  made_by = list(
    R = R.version.string, licence_R = "GPL-2 | GPL-3",
    rpact = as.character(packageVersion("rpact")), licence_rpact = "LGPL-3"
  ),
  events = events, margins = margins, trials = trials, patients = patients, durations = durations, calendar = calendar,
  looks = looks, means = means, t_tests = t_tests, two_rates = two_rates, prop_tests = prop_tests, one_rate = one_rate,
  fisher = fisher, lachin_foulkes = lachin_foulkes, moments = moments
)
json <- toJSON(digits(written), auto_unbox = TRUE, na = "string", pretty = 1)
json <- gsub('"(-?[0-9]+([.][0-9]+)?(e[-+]?[0-9]+)?)"', "\\1", json)
writeLines(json, "planning.json")
