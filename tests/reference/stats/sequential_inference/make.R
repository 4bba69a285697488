# Inference after group-sequential and adaptive trials by rpact, for
# tests/reference/stats/test_stats_sequential_inference_reference.py.
#
#   Rscript make.R        writes sequential_inference.json beside it, in some minutes
#
# rpact is LGPL-3: it is run, its numbers are stored, nothing of it is copied. It is asked for 1e-10 where it takes a
# tolerance. Log-rank statistics are positive in favour of the experimental arm and a "hazard ratio" above one is benefit
# here (directionUpper = TRUE), so that its logarithm is the drift per unit of information, events times r (1 - r).

suppressMessages(library(rpact))
library(jsonlite)
library(parallel)
invisible(setLogLevel("DISABLED"))

here <- local({
  file <- sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))
  if (length(file) == 1) dirname(normalizePath(file)) else "."
})

families <- list(
  asOF = list("lan-demets-obrien-fleming", NA), asP = list("lan-demets-pocock", NA),
  asHSD4 = list("hwang-shih-decani", -4), asHSD1 = list("hwang-shih-decani", 1), asKD2 = list("kim-demets", 2),
  OF = list("obrien-fleming", NA), P = list("pocock", NA), WT = list("wang-tsiatis", 0.25)
)

designed <- function(make, family, fractions, alpha) {
  type <- sub("[0-9]+$", "", family)
  arguments <- list(
    alpha = alpha, kMax = length(fractions), informationRates = fractions, typeOfDesign = type, tolerance = 1e-10
  )
  if (type %in% c("asHSD", "asKD")) arguments$gammaA <- families[[family]][[2]]
  if (type == "WT") arguments$deltaWT <- families[[family]][[2]]
  suppressWarnings(do.call(make, arguments))
}

quiet <- function(expression) {
  tryCatch(suppressWarnings(suppressMessages(expression)), error = function(e) NULL)
}
tolerance <- 1e-10

# One trial: cumulative statistics by look, the last look given is where it stops.
one <- function(case) {
  combination <- case$method == "inverse normal"
  make <- if (combination) getDesignInverseNormal else getDesignGroupSequential
  design <- designed(make, case$key, case$fractions, case$alpha)
  stages <- length(case$z)
  many <- rep(case$allocation, stages)
  data <- if (combination) {
    getDataset(events = case$events, logRanks = case$z, allocationRatios = many)
  } else {
    getDataset(cumulativeEvents = case$events, cumulativeLogRanks = case$z, cumulativeAllocationRatios = many)
  }
  results <- quiet(getStageResults(design, data, stage = stages))
  repeated <- quiet(getRepeatedConfidenceIntervals(design, data, stage = stages, tolerance = tolerance))
  reported <- list(
    bounds = design$criticalValues,
    repeated_p = quiet(getRepeatedPValues(results, tolerance = tolerance))[1:stages],
    repeated_low = repeated[1, 1:stages],
    repeated_high = repeated[2, 1:stages],
    conditional_error = quiet(getConditionalRejectionProbabilities(results))[1:stages]
  )
  final <- quiet(getFinalPValue(results))
  if (!is.null(final) && !is.na(final$finalStage)) {
    interval <- quiet(getFinalConfidenceInterval(design, data, tolerance = tolerance))
    reported <- c(reported, list(
      stop = final$finalStage, final_p = final$pFinal,
      final_interval = interval$finalConfidenceInterval, median_unbiased = interval$medianUnbiased
    ))
  }
  if (!is.null(case$events_ahead)) {
    reported$conditional_power <- vapply(case$hazard_ratios, function(hr) {
      power <- getConditionalPower(
        results, nPlanned = case$events_ahead, thetaH1 = hr, allocationRatioPlanned = case$allocation
      )
      tail(power$conditionalPower, 1)
    }, 1)
  }
  case$key <- NULL
  case <- case[!vapply(case, is.null, TRUE)]
  several <- c("fractions", "events", "events_ahead", "z", "hazard_ratios")
  for (name in intersect(several, names(case))) case[[name]] <- I(case[[name]])
  list(asked = case, rpact = lapply(reported, function(x) if (length(x) > 1) I(as.numeric(x)) else x))
}

cases <- list()
add <- function(method, key, fractions, alpha, events, z, allocation = 1, events_ahead = NULL) {
  cases[[length(cases) + 1]] <<- list(
    method = method, key = key, family = families[[key]][[1]],
    parameter = if (is.na(families[[key]][[2]])) NULL else families[[key]][[2]],
    fractions = fractions, alpha = alpha, events = events, z = z, allocation = allocation,
    events_ahead = events_ahead, hazard_ratios = if (is.null(events_ahead)) NULL else c(1, 1.2, 1.5, 0.9)
  )
}

looks <- list(c(0.5, 1), c(0.3, 0.6, 1), c(0.25, 0.5, 0.75, 1), c(0.1, 0.15, 0.9, 1), c(0.6, 0.95, 1), c(0.9, 1))
# Statistics that go on at every look but the last given, under bounds of any family above.
going <- c(0.4, 0.9, 1.3, 1.5)
place <- 0
for (key in names(families)) {
  for (fractions in looks) {
    place <- place + 1
    total <- c(200, 320, 451)[place %% 3 + 1]
    events <- round(total * fractions)
    allocation <- c(1, 2, 0.5)[place %% 3 + 1]
    alpha <- c(0.025, 0.025, 0.01, 0.05)[place %% 4 + 1]
    k <- length(fractions)
    # Fractions are those of the events, so that bounds and information are of the same looks.
    exact <- events / total
    if (place %% 2 == 0) {
      z <- c(going[seq_len(k - 1)], c(2.6, 1.7, -0.4, 3.4)[place %% 8 / 2 + 1])
      add("group sequential", key, exact, alpha, events, z, allocation)
    } else {
      # Not yet at the end: what is ahead is asked for.
      stage <- if (place %% 3 == 0) 1 else k - 1
      add("group sequential", key, exact, alpha, events[seq_len(stage)], going[seq_len(stage)], allocation,
          diff(events)[stage:(k - 1)])
    }
  }
  # A stop for efficacy at the second look of three.
  events <- c(100, 210, 300)
  add("group sequential", key, events / 300, 0.025, events[1:2], c(1.1, 4.1), 1)
  # Inverse normal: stages with other events than planned.
  fractions <- c(0.4, 0.7, 1)
  add("inverse normal", key, fractions, 0.025, c(90, 140, 60), c(0.8, 1.4, 1.9), 1)
  add("inverse normal", key, fractions, 0.025, c(90, 140), c(0.8, 1.4), 2, 170)
  add("inverse normal", key, c(0.5, 1), 0.025, c(110, 260), c(1.2, 2.3), 1)
  add("inverse normal", key, c(0.5, 1), 0.01, 110, 1.2, 1, 260)
}

found <- mclapply(cases, one, mc.cores = 2)
failed <- vapply(found, inherits, TRUE, "try-error")
if (any(failed)) stop(found[[which(failed)[1]]])
kept <- list(
  made_with = list(
    R = R.version.string, rpact = as.character(packageVersion("rpact")), licence = "LGPL-3", tolerance = tolerance
  ),
  cases = found
)
write_json(kept, file.path(here, "sequential_inference.json"), auto_unbox = TRUE, digits = 17, null = "null", na = "null")
