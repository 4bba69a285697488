/* The functions by which R's deSolve calls a compiled model. */
static double parameters[N_CONSTANTS];

void initialise(void (*give)(int *, double *))
{
  int n = N_CONSTANTS;
  give(&n, parameters);
}

void derivatives(int *n, double *t, double *y, double *out, double *extra, int *sizes)
{
  (void)n, (void)t, (void)extra, (void)sizes;
  rates(y, parameters, out);
}

void dense_jacobian(int *n, double *t, double *y, int *lower, int *upper, double *out, int *n_rows, double *extra,
                    int *sizes)
{
  (void)n, (void)t, (void)lower, (void)upper, (void)extra, (void)sizes;
  double values[N_NONZEROS];
  jacobian(y, parameters, values);
  for (int column = 0; column < N_STATES; column++) {
    double *entries = out + (long)column * *n_rows;
    for (int row = 0; row < N_STATES; row++) entries[row] = 0.0;
    for (int i = COLUMN_STARTS[column]; i < COLUMN_STARTS[column + 1]; i++) entries[ROWS[i]] = values[i];
  }
}
