"""What a design does over many trials: power, error, size, duration, bias and coverage, each with its error."""
