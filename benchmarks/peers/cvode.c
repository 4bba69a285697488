/* CVODE (BDF, Newton, KLU) through the doses of one patient after another, begun anew at each dose. */
#include <cvode/cvode.h>
#include <nvector/nvector_serial.h>
#include <stdint.h>
#include <string.h>
#include <sundials/sundials_config.h>
#include <sunlinsol/sunlinsol_klu.h>
#include <sunmatrix/sunmatrix_sparse.h>

static int right_hand_side(sunrealtype t, N_Vector y, N_Vector out, void *q)
{
  (void)t;
  rates(N_VGetArrayPointer(y), q, N_VGetArrayPointer(out));
  return 0;
}

static int sparse_jacobian(
    sunrealtype t, N_Vector y, N_Vector f, SUNMatrix j, void *q, N_Vector a, N_Vector b, N_Vector c)
{
  (void)t, (void)f, (void)a, (void)b, (void)c;
  for (int i = 0; i <= N_STATES; i++) SUNSparseMatrix_IndexPointers(j)[i] = COLUMN_STARTS[i];
  for (int i = 0; i < N_NONZEROS; i++) SUNSparseMatrix_IndexValues(j)[i] = ROWS[i];
  jacobian(N_VGetArrayPointer(y), q, SUNSparseMatrix_Data(j));
  return 0;
}

/* Take one patient through all intervals; returns the number of outputs that were reached. */
static int one_patient(void *solver, N_Vector y, int n_intervals, const double *edges, const double *given,
                       int n_outputs, const double *outputs, double *out)
{
  double *state = N_VGetArrayPointer(y);
  int seen = 0;
  for (int k = 0; k < n_intervals; k++) {
    sunrealtype t = edges[k];
    for (int i = 0; i < N_STATES; i++) state[i] += given[k * N_STATES + i];
    if (CVodeReInit(solver, t, y) != CV_SUCCESS) return seen;
    CVodeSetStopTime(solver, edges[k + 1]);
    while (t < edges[k + 1]) {
      const int inside = seen < n_outputs && outputs[seen] < edges[k + 1];
      if (CVode(solver, inside ? outputs[seen] : edges[k + 1], y, &t, CV_NORMAL) < 0) return seen;
      if (inside) memcpy(out + (size_t)N_STATES * seen++, state, N_STATES * sizeof(double));
    }
  }
  return seen;
}

/* States at the outputs, (n_patients, n_outputs, N_STATES); returns how many patients were solved. */
int solve(int n_patients, const double *constants_of, const double *start, int n_intervals, const double *edges,
          const double *given, int n_outputs, const double *outputs, const double *absolute, double relative,
          double *out)
{
  SUNContext context;
#if SUNDIALS_VERSION_MAJOR >= 7
  SUNContext_Create(SUN_COMM_NULL, &context);
  SUNContext_ClearErrHandlers(context);
#else
  SUNContext_Create(NULL, &context);
#endif
  N_Vector y = N_VNew_Serial(N_STATES, context), tolerance = N_VNew_Serial(N_STATES, context);
  SUNMatrix matrix = SUNSparseMatrix(N_STATES, N_STATES, N_NONZEROS, CSC_MAT, context);
  SUNLinearSolver linear = SUNLinSol_KLU(y, matrix, context);
  memcpy(N_VGetArrayPointer(tolerance), absolute, N_STATES * sizeof(double));
  void *solver = CVodeCreate(CV_BDF, context);
  CVodeInit(solver, right_hand_side, 0.0, y);
  CVodeSVtolerances(solver, relative, tolerance);
  CVodeSetMaxNumSteps(solver, 100000);
  CVodeSetMaxHnilWarns(solver, -1);
#if SUNDIALS_VERSION_MAJOR < 7
  CVodeSetErrFile(solver, NULL);
#endif
  CVodeSetLinearSolver(solver, linear, matrix);
  CVodeSetJacFn(solver, sparse_jacobian);
  int solved = 0;
  for (int patient = 0; patient < n_patients; patient++) {
    memcpy(N_VGetArrayPointer(y), start + (size_t)patient * N_STATES, N_STATES * sizeof(double));
    CVodeSetUserData(solver, (void *)(constants_of + (size_t)patient * N_CONSTANTS));
    solved += one_patient(solver, y, n_intervals, edges, given, n_outputs, outputs,
                          out + (size_t)patient * n_outputs * N_STATES) == n_outputs;
  }
  CVodeFree(&solver);
  SUNLinSolFree(linear);
  SUNMatDestroy(matrix);
  N_VDestroy(y);
  N_VDestroy(tolerance);
  SUNContext_Free(&context);
  return solved;
}
