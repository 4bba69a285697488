"""What a design does over many trials: power, error, size, duration, bias, coverage, each with its Monte Carlo error."""
