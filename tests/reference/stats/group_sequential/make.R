# Group-sequential designs by rpact, for tests/reference/stats/test_stats_group_sequential_reference.py.
#
#   Rscript make.R        writes group_sequential.json beside it (several minutes)
#
# rpact is LGPL-3: it is run, its numbers are stored, nothing of it is copied. Its accuracy is asked for as far as it
# goes: tolerance = 1e-10, the least it takes. Where it goes is measured by a referee in base R: what the bounds that
# rpact returns do spend, by another integration than rpact's and than remit's.

suppressMessages(library(rpact))
library(jsonlite)

here <- local({
  file <- sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))
  if (length(file) == 1) dirname(normalizePath(file)) else "."
})

cases <- list()

# What upper bounds spend by each look with nothing below them: the referee. At most four looks: the density of the
# second, with the first in closed form, and after it one integral inside another, each adaptive. More looks:
# Simpson's rule on a dense grid, for steps that are not narrow.
few <- function(t, b) {
  quad <- function(f, low, high) {
    if (low >= high) return(0)
    edges <- seq(low, high, length.out = max(2, ceiling((high - low) / 2) + 1))
    sum(mapply(function(l, h) integrate(f, l, h, rel.tol = 1e-12, abs.tol = 0, subdivisions = 2000L,
                                        stop.on.error = FALSE)$value, head(edges, -1), tail(edges, -1)))
  }
  # Given z at one look: below the bound of the look before, above that of the next.
  stays <- function(z, j, k) pnorm((b[j] - z * sqrt(t[j] / t[k])) / sqrt(1 - t[j] / t[k]))
  leaves <- function(z, k, n) pnorm((z * sqrt(t[k] / t[n]) - b[n]) / sqrt(1 - t[k] / t[n]))
  spent <- pnorm(-b[1])
  if (length(t) > 1) {
    kept <- function(z) dnorm(z) * stays(z, 1, 2)
    # The step from the first look may be narrow: its bound has panels of its own.
    parts <- function(f, high) {
      sd <- sqrt(1 - t[1] / t[2])
      at <- b[1] * sqrt(t[1] / t[2])
      near <- if (is.finite(at)) at + sd * c(-12, 0, 12) else NULL
      edges <- sort(unique(pmin(pmax(c(-9, near, high), -9), high)))
      sum(mapply(function(l, h) quad(f, l, h), head(edges, -1), tail(edges, -1)))
    }
    spent <- c(spent, parts(function(z) kept(z), 38) - parts(function(z) kept(z), min(b[2], 38)))
    if (b[2] < 38) spent[2] <- quad(kept, b[2], b[2] + 12)
  }
  if (length(t) > 2) spent <- c(spent, parts(function(z) kept(z) * leaves(z, 2, 3), min(b[2], 38)))
  if (length(t) > 3) {
    sd <- sqrt(1 - t[2] / t[3])
    inner <- function(z2) vapply(z2, function(z) {
      mean <- z * sqrt(t[2] / t[3])
      quad(function(z3) dnorm((z3 - mean) / sd) / sd * leaves(z3, 3, 4), max(-9, mean - 10 * sd),
           min(b[3], mean + 10 * sd))
    }, 0)
    spent <- c(spent, parts(function(z) kept(z) * inner(z), min(b[2], 9)))
  }
  cumsum(spent)
}
many <- function(t, b, points = 2401) {
  simpson <- function(low, high) {
    z <- seq(low, high, length.out = points)
    list(z = z, w = (high - low) / (points - 1) / 3 * c(1, rep(c(4, 2), (points - 3) / 2), 4, 1))
  }
  spent <- pnorm(-b[1])
  at <- simpson(-9, min(b[1], 9))
  mass <- at$w * dnorm(at$z)
  for (k in seq_along(t)[-1]) {
    sd <- sqrt(1 - t[k - 1] / t[k])
    mean <- at$z * sqrt(t[k - 1] / t[k])
    spent <- c(spent, sum(mass * pnorm((mean - b[k]) / sd)))
    following <- simpson(-9, min(b[k], 9))
    mass <- following$w * vapply(following$z, function(z) sum(mass * dnorm((z - mean) / sd)), 0) / sd
    at <- following
  }
  cumsum(spent)
}
referee <- function(t, b) {
  if (length(t) <= 4) return(few(t, b))
  if (min(diff(t)) > 0.04) many(t, b) else NULL
}

keep <- function(name, asked, reported) {
  cases[[length(cases) + 1]] <<- list(name = name, asked = asked, rpact = reported)
}

# What a spending function allows by each look; written out here once more. NULL for a family that is no such function.
allowed <- function(type, parameter, levels, t, alpha) {
  gamma <- parameter
  switch(type,
    asOF = 2 * pnorm(qnorm(alpha / 2) / sqrt(t)), asP = alpha * log1p((exp(1) - 1) * t),
    asHSD = alpha * expm1(-gamma * t) / expm1(-gamma), asKD = alpha * t^gamma, asUser = levels, NULL
  )
}
# Whether bounds spend what was asked to a share of 4e-7 of alpha, and there are bounds wherever something is spent.
spends_what_was_asked <- function(spent, asked, upper, alpha) {
  if (is.null(asked)) return(abs(tail(spent, 1) - alpha) <= 4e-7 * alpha && all(is.finite(upper)))
  all(abs(spent - asked) <= 4e-7 * alpha) && all(is.finite(upper) | diff(c(0, asked)) < 1e-300)
}

# One case: what remit is asked (in its own words) and what rpact says.
add <- function(name, fractions, efficacy, type, parameter = NA, alpha = 0.025, sides = 1, power = 0.9,
                levels = NULL, futility = NULL, beta_family = NULL, beta_type = NULL, beta_parameter = NA,
                binding = FALSE) {
  beta <- 1 - power
  arguments <- list(
    alpha = alpha * sides, beta = beta, sided = sides, informationRates = fractions, typeOfDesign = type,
    tolerance = 1e-10
  )
  if (type == "WT") arguments$deltaWT <- parameter
  if (type == "HP") arguments$constantBoundsHP <- parameter
  if (type %in% c("asHSD", "asKD")) arguments$gammaA <- parameter
  if (type == "asUser") arguments$userAlphaSpending <- levels * sides
  if (!is.null(futility)) arguments$futilityBounds <- futility
  if (!is.null(beta_type)) {
    arguments$typeBetaSpending <- beta_type
    if (beta_type %in% c("bsHSD", "bsKD")) arguments$gammaB <- beta_parameter
  }
  if (!is.null(futility) || !is.null(beta_type)) arguments$bindingFutility <- binding
  asked <- list(
    fractions = fractions, alpha = alpha, sides = sides, power = power, efficacy = efficacy,
    parameter = if (is.na(parameter)) NULL else parameter, levels = levels, futility = futility,
    beta_family = beta_family, beta_parameter = if (is.na(beta_parameter)) NULL else beta_parameter,
    binding = binding
  )
  asked <- asked[!vapply(asked, is.null, TRUE)]
  for (many in intersect(c("fractions", "levels", "futility"), names(asked))) asked[[many]] <- I(asked[[many]])
  # rpact warns of more than ten looks, which it has not validated.
  design <- tryCatch(suppressWarnings(do.call(getDesignGroupSequential, arguments)), error = conditionMessage)
  if (is.character(design)) return(keep(name, asked, list(refused = design)))
  found <- tryCatch(suppressWarnings(getDesignCharacteristics(design)), error = conditionMessage)
  theta <- c(0, 0.15, 0.3, 0.45)
  n <- 100
  curve <- suppressWarnings(getPowerAndAverageSampleNumber(design, theta = theta, nMax = n))
  reported <- list(
    upper = design$criticalValues,
    alpha_spent = design$alphaSpent / sides,
    nominal_p = design$stageLevels,
    curve_drift = theta * sqrt(n),
    curve_power = as.numeric(curve$overallReject),
    curve_information = as.numeric(curve$averageSampleNumber) / n
  )
  reported <- c(reported, if (is.character(found)) list(refused_power = found) else list(
    drift = sqrt(found$shift),
    inflation = found$inflationFactor,
    efficacy = found$power,
    information_alternative = found$averageSampleNumber1,
    information_half = found$averageSampleNumber01,
    information_none = found$averageSampleNumber0
  ))
  if (sides == 1 && is.null(futility) && is.null(beta_type)) {
    spent <- referee(fractions, design$criticalValues)
    reported$alpha_of_upper <- spent
    reported$spends_what_was_asked <- spends_what_was_asked(
      spent, allowed(type, parameter, levels, fractions, alpha), design$criticalValues, alpha
    )
  }
  if (!is.null(futility) || !is.null(beta_type)) reported$lower <- design$futilityBounds
  if (!is.null(beta_type)) reported$beta_spent <- design$betaSpent
  keep(name, asked, lapply(reported, function(x) if (is.numeric(x) && length(x) > 1) I(x) else x))
}

families <- list(
  list("pocock", "P", NA), list("obrien-fleming", "OF", NA),
  list("wang-tsiatis", "WT", 0.1), list("wang-tsiatis", "WT", 0.25), list("wang-tsiatis", "WT", 0.4),
  list("haybittle-peto", "HP", 3), list("lan-demets-obrien-fleming", "asOF", NA),
  list("lan-demets-pocock", "asP", NA), list("hwang-shih-decani", "asHSD", -4),
  list("hwang-shih-decani", "asHSD", 1), list("kim-demets", "asKD", 1), list("kim-demets", "asKD", 3)
)

timings <- list(
  "two equal looks" = (1:2) / 2, "five equal looks" = (1:5) / 5, "ten equal looks" = (1:10) / 10,
  "unequal" = c(0.3, 0.5, 0.8, 1), "late" = c(0.62, 0.81, 0.93, 1)
)

for (each in families) {
  for (when in names(timings)) {
    label <- paste0(each[[2]], if (is.na(each[[3]])) "" else paste0(" ", each[[3]]), ", ", when)
    add(label, timings[[when]], each[[1]], each[[2]], each[[3]])
  }
  label <- paste0(each[[2]], if (is.na(each[[3]])) "" else paste0(" ", each[[3]]))
  add(paste0(label, ", two-sided"), c(0.3, 0.5, 0.8, 1), each[[1]], each[[2]], each[[3]], sides = 2)
  add(paste0(label, ", alpha 0.05, power 0.8"), (1:3) / 3, each[[1]], each[[2]], each[[3]],
      alpha = 0.05, power = 0.8)
}

# Errors that are small and large, more looks than are usual, looks at the ends and close together.
spending <- families[7:12]
for (each in spending) {
  label <- paste0(each[[2]], if (is.na(each[[3]])) "" else paste0(" ", each[[3]]))
  add(paste0(label, ", alpha 1e-6"), c(0.3, 0.6, 1), each[[1]], each[[2]], each[[3]], alpha = 1e-6)
  add(paste0(label, ", alpha 0.4"), c(0.3, 0.6, 1), each[[1]], each[[2]], each[[3]], alpha = 0.4)
  add(paste0(label, ", twenty looks"), (1:20) / 20, each[[1]], each[[2]], each[[3]])
  add(paste0(label, ", first at 0.001, last but one at 0.999"), c(0.001, 0.5, 0.999, 1), each[[1]], each[[2]],
      each[[3]])
  add(paste0(label, ", close together"), c(0.5, 0.51, 0.511, 1), each[[1]], each[[2]], each[[3]])
}
for (each in families[c(1, 2, 4, 6)]) {
  add(paste0(each[[2]], ", fifteen looks"), (1:15) / 15, each[[1]], each[[2]], each[[3]])
  add(paste0(each[[2]], ", first at 0.05, last but one at 0.95"), c(0.05, 0.5, 0.95, 1), each[[1]], each[[2]],
      each[[3]])
}
add("HP early bound 3.5", (1:4) / 4, "haybittle-peto", "HP", 3.5)
add("HP early bound 2.8, two-sided", (1:3) / 3, "haybittle-peto", "HP", 2.8, sides = 2)
add("asUser", c(0.3, 0.5, 0.8, 1), "user", "asUser", levels = c(0.001, 0.004, 0.01, 0.025))
add("asUser, two-sided", c(0.3, 0.5, 0.8, 1), "user", "asUser", levels = c(0.001, 0.004, 0.01, 0.025), sides = 2)
add("asUser, most of it early", (1:3) / 3, "user", "asUser", levels = c(0.02, 0.024, 0.025))

# One look: the fixed design.
for (each in families[c(1, 2, 7, 8, 9, 12)]) {
  add(paste0(each[[2]], ", one look"), 1, each[[1]], each[[2]], each[[3]], alpha = 0.01, power = 0.85)
}
# Looks 1e-6 apart: what rpact says of them.
for (each in spending[c(1, 2)]) {
  add(paste0(each[[2]], ", looks 1e-6 apart"), c(0.5, 0.5 + 1e-6, 1), each[[1]], each[[2]], each[[3]])
}

# Futility bounds that are given.
for (binding in c(FALSE, TRUE)) {
  word <- if (binding) "binding" else "non-binding"
  for (each in families[c(1, 2, 4, 7, 8, 9, 12)]) {
    label <- paste0(each[[2]], if (is.na(each[[3]])) "" else paste0(" ", each[[3]]))
    add(paste0(label, ", futility z, ", word), c(0.3, 0.5, 0.8, 1), each[[1]], each[[2]], each[[3]],
        futility = c(-0.5, 0, 0.5), binding = binding)
  }
}

# Futility bounds that spend.
betas <- list(
  list("lan-demets-obrien-fleming", "bsOF", NA), list("lan-demets-pocock", "bsP", NA),
  list("hwang-shih-decani", "bsHSD", -2), list("kim-demets", "bsKD", 2)
)
for (binding in c(FALSE, TRUE)) {
  word <- if (binding) "binding" else "non-binding"
  for (each in spending[c(1, 2, 3, 6)]) {
    for (lower in betas) {
      label <- paste0(each[[2]], if (is.na(each[[3]])) "" else paste0(" ", each[[3]]), ", ", lower[[2]])
      add(paste0(label, ", ", word), c(0.3, 0.5, 0.8, 1), each[[1]], each[[2]], each[[3]],
          beta_family = lower[[1]], beta_type = lower[[2]], beta_parameter = lower[[3]], binding = binding)
    }
  }
  add(paste0("asOF, bsOF, eight looks, power 0.8, ", word), (1:8) / 8, "lan-demets-obrien-fleming", "asOF",
      power = 0.8, beta_family = "lan-demets-obrien-fleming", beta_type = "bsOF", binding = binding)
}

# Looks that differ from plan: levels of the spending function at the information there was over that planned, bounds
# at the information there was over that of the last look.
spending_functions <- list(
  "lan-demets-obrien-fleming" = list("asOF", NA), "lan-demets-pocock" = list("asP", NA),
  "hwang-shih-decani" = list("asHSD", -4), "kim-demets" = list("asKD", 3)
)
met <- list(
  "fewer than planned, then the rest" = list(planned = c(0.5, 1), information = c(120, 300), maximum = 300),
  "under-running" = list(planned = c(0.4, 0.7, 1), information = c(118, 203, 281), maximum = 300),
  "over-running" = list(planned = c(0.4, 0.7, 1), information = c(131, 214, 333), maximum = 300),
  "an unplanned look" = list(planned = c(0.5, 0.75, 1), information = c(92, 150, 225, 300), maximum = 300),
  "two unplanned looks, over-running" = list(planned = c(0.5, 1), information = c(61, 150, 240, 306), maximum = 300),
  "a planned look left out" = list(planned = c(0.25, 0.5, 0.75, 1), information = c(75, 230, 300), maximum = 300)
)
recomputed <- list()
for (family in names(spending_functions)) for (what in names(met)) for (sides in 1:2) {
  each <- met[[what]]
  alpha <- 0.025
  n <- length(each$information)
  spends <- spending_functions[[family]]
  levels <- c(allowed(spends[[1]], spends[[2]], NULL, pmin(each$information[-n] / each$maximum, 1), alpha), alpha)
  design <- getDesignGroupSequential(
    alpha = alpha * sides, sided = sides, informationRates = each$information / each$information[n],
    typeOfDesign = "asUser", userAlphaSpending = levels * sides, tolerance = 1e-10
  )
  recomputed[[length(recomputed) + 1]] <- list(
    name = paste0(family, ", ", what, if (sides == 2) ", two-sided"), efficacy = family, sides = sides, alpha = alpha,
    planned = I(each$planned), information = I(each$information), maximum = each$maximum,
    upper = I(design$criticalValues), alpha_spent = I(design$alphaSpent / sides), levels = I(levels)
  )
}

result <- list(
  made_by = list(
    R = R.version.string, rpact = as.character(packageVersion("rpact")), licence = "LGPL-3",
    standing = "independent", tolerance_asked = 1e-10,
    alpha_of_upper = "what rpact's upper bounds spend, cumulative, by the referee of this script in base R",
    spends_what_was_asked = "whether that is what was asked, to a share of 4e-7 of alpha, with a bound at each look"
  ),
  cases = cases, recomputed = recomputed
)
# toJSON stops at 15 digits: numbers go through it as text of 17 and lose their quotes after it.
digits <- function(x) rapply(x, function(v) {
  text <- sprintf("%.17g", v)
  if (inherits(v, "AsIs")) I(text) else text
}, classes = c("numeric", "integer", "AsIs"), how = "replace")
json <- toJSON(digits(result), auto_unbox = TRUE, na = "string", pretty = TRUE)
json <- gsub('"(-?[0-9]+([.][0-9]+)?(e[-+]?[0-9]+)?)"', "\\1", json)
writeLines(json, file.path(here, "group_sequential.json"))
cat(length(cases), "cases,", length(recomputed), "recomputed\n")
