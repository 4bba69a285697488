# Trials cut at their looks and tested with survdiff of package survival: Rscript trials.R FOLDER.
# FOLDER has doubles in patients.bin, for each trial columns entry, time, event, arm, stratum; sizes in sizes.txt.

suppressMessages(library(survival))
folder <- commandArgs(TRUE)[1]
sizes <- scan(file.path(folder, "sizes.txt"), quiet = TRUE)
trials <- sizes[1]
patients <- sizes[2]
targets <- sizes[-(1:2)]
data <- readBin(file.path(folder, "patients.bin"), "double", trials * patients * 5)
dim(data) <- c(patients, 5, trials)

look <- function(d, cut) {
  seen <- d[, 1] <= cut
  time <- pmin(d[seen, 2], cut - d[seen, 1])
  event <- d[seen, 3] == 1 & d[seen, 1] + d[seen, 2] <= cut
  arm <- d[seen, 4]
  stratum <- d[seen, 5]
  found <- survdiff(Surv(time, event) ~ arm + strata(stratum))
  sum(found$exp[2, ] - found$obs[2, ]) / sqrt(found$var[2, 2])
}

trial <- function(d) {
  happens <- sort((d[, 1] + d[, 2])[d[, 3] == 1])
  sapply(targets, function(target) look(d, happens[target]))
}

invisible(trial(data[, , 1]))
began <- proc.time()[["elapsed"]]
z <- sapply(seq_len(trials), function(k) trial(data[, , k]))
seconds <- proc.time()[["elapsed"]] - began
writeBin(as.vector(z), file.path(folder, "z.bin"))
cat(seconds, as.character(packageVersion("survival")), as.character(getRversion()))
