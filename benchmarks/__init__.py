"""Speed and accuracy of remit's engine, beside other tools; see ``benchmarks/README.md``."""
