/* The functions that equations may call, with the values that remit.functions gives them. */
#include <math.h>

static inline double choose(double x, double a, double b) { return x > 0.0 ? a : b; }

static inline double real_power(double base, double exponent)
{
  return base > 0.0 ? pow(base, exponent) : 0.0;
}

/* Free ligand among n partners: Newton steps from the tangent at zero, which approach the root from below,
   until one is so small that the square of its share is below round-off, as in remit. */
static inline double free_ligand(int n, double total, const double *capacity, const double *dissociation)
{
  double slope = 1.0;
  for (int i = 0; i < n; i++) slope += capacity[i] / dissociation[i];
  double f = total / slope;
  for (int step = 0; step < 60; step++) {
    double value = f - total;
    slope = 1.0;
    for (int i = 0; i < n; i++) {
      const double part = 1.0 / (dissociation[i] + f);
      value += capacity[i] * f * part;
      slope += capacity[i] * dissociation[i] * part * part;
    }
    const double next = f - value / slope;
    if (!(next - f > 1e-8 * next)) return next;
    f = next;
  }
  return f;
}

static inline double free_ligand_1(double total, double c1, double k1)
{
  const double c[] = {c1}, k[] = {k1};
  return free_ligand(1, total, c, k);
}

static inline double free_ligand_2(double total, double c1, double c2, double k1, double k2)
{
  const double c[] = {c1, c2}, k[] = {k1, k2};
  return free_ligand(2, total, c, k);
}

static inline double free_ligand_3(
    double total, double c1, double c2, double c3, double k1, double k2, double k3)
{
  const double c[] = {c1, c2, c3}, k[] = {k1, k2, k3};
  return free_ligand(3, total, c, k);
}
