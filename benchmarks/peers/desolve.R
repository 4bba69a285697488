# LSODA of deSolve on a compiled model. Arguments: folder, library, relative tolerance, jactype, handling of doses
# (events or restarts). Reads and writes arrays of doubles in the folder; prints the seconds of solving alone.
suppressMessages(library(deSolve))
arguments <- commandArgs(trailingOnly = TRUE)
folder <- arguments[1]
relative <- as.numeric(arguments[3])
jactype <- arguments[4]
handling <- arguments[5]
invisible(dyn.load(arguments[2]))

numbers <- function(name) {
  file <- file.path(folder, name)
  readBin(file, "double", file.size(file) / 8)
}
levels <- numbers("levels")
n <- length(levels)
constants <- matrix(numbers("constants"), ncol = length(numbers("state")) / n)
state <- matrix(numbers("state"), nrow = n)
outputs <- numbers("outputs")
edges <- numbers("edges")
given <- matrix(numbers("given"), nrow = n)
names <- paste0("y", seq_len(n))
starts <- head(edges, -1)

solve <- function(start, times, parameters, events) {
  lsoda(start, times, "derivatives", parms = parameters, dllname = "desolve", initfunc = "initialise",
        jacfunc = if (jactype == "fullusr") "dense_jacobian", jactype = jactype, rtol = relative,
        atol = relative * levels, maxsteps = 100000, events = events)
}

later <- which(given[, -1, drop = FALSE] != 0, arr.ind = TRUE)
doses <- list(data = data.frame(var = names[later[, 1]], time = starts[-1][later[, 2]],
                                value = given[, -1, drop = FALSE][later], method = "add"))
times <- sort(unique(c(edges, outputs)))

by_events <- function(start, parameters) {
  found <- solve(start + given[, 1], times, parameters, if (nrow(later)) doses)
  found[match(outputs, times), -1]
}

by_restarts <- function(start, parameters) {
  found <- list()
  for (k in seq_along(starts)) {
    inside <- outputs[outputs >= edges[k] & outputs < edges[k + 1]]
    reached <- solve(start + given[, k], c(edges[k], inside, edges[k + 1]), parameters, NULL)
    found[[k]] <- reached[seq_along(inside) + 1, -1, drop = FALSE]
    start <- reached[nrow(reached), -1]
  }
  do.call(rbind, found)
}

course <- if (handling == "events") by_events else by_restarts
began <- Sys.time()
found <- lapply(seq_len(ncol(state)), function(k) {
  suppressWarnings(course(setNames(state[, k], names), constants[, k]))
})
cat(as.numeric(Sys.time() - began, units = "secs"), "\n")
writeBin(unlist(lapply(found, t)), file.path(folder, "states"))
