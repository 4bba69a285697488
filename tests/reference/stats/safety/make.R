# Reference numbers for exact limits of a rate. Run in this folder: Rscript make.R
#
# Base R (GPL-2 | GPL-3): poisson.test of package stats, whose limits are those of Garwood. Run, not read.
suppressPackageStartupMessages(library(jsonlite))

events <- c(0, 0, 1, 1, 2, 3, 4, 5, 7, 10, 12, 15, 20, 25, 30, 40, 55, 75, 100, 150, 250, 400, 700, 1000, 3, 8, 17, 60)
years <- c(1, 37.5, 0.25, 12, 100, 3.3, 55.5, 7, 210, 14.2, 99, 33, 180, 12.5, 61, 45, 300, 20, 512, 77, 1000, 91, 350,
           2500, 0.01, 1e4, 2, 6)
levels <- c(0.95, 0.9, 0.99)
cases <- list()
for (level in levels) {
  for (i in seq_along(events)) {
    found <- poisson.test(events[i], years[i], conf.level = level)
    cases[[length(cases) + 1]] <- list(
      events = events[i], years = years[i], level = level,
      rate = unname(found$estimate), low = found$conf.int[1], high = found$conf.int[2]
    )
  }
}
writeLines(toJSON(list(versions = list(R = R.version.string), cases = cases), auto_unbox = TRUE, digits = NA, pretty = 1),
           "safety.json")
