"""What a design does over many trials: power, error, size, duration, bias, coverage, with their errors."""
