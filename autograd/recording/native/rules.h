/* The rules of the native Value, generated from autograd/rules/scalars.py. Do not edit:
   python -m autograd.compiler.writers.c_rules writes this file. */

#include <math.h>

#define ONE static inline double
ONE one_truth(int c) { return c; }
ONE one_select(double c, double a, double b) { return c != 0 ? a : b; }
ONE one_sqrt(double a) { return sqrt(a); }
ONE one_exp(double a) { return exp(a); }
ONE one_log(double a) { return log(a); }
ONE one_sin(double a) { return sin(a); }
ONE one_cos(double a) { return cos(a); }
ONE one_tanh(double a) { return tanh(a); }
ONE one_abs(double a) { return fabs(a); }
ONE one_maximum(double a, double b) { return a >= b || a != a ? a : b; }
ONE one_minimum(double a, double b) { return a <= b || a != a ? a : b; }
ONE one_power(double a, double b) { return pow(a, b); }
ONE one_softplus(double a) { return one_maximum(a, 0) + log1p(exp(-fabs(a))); }

ONE forward_neg(double a) {
  const double v0 = -a;
  return v0;
}
static inline void partials_neg(double out, double a, double *da) {
  *da = -1.0;
}

ONE forward_square(double a) {
  const double v0 = a * a;
  return v0;
}
static inline void partials_square(double out, double a, double *da) {
  const double v0 = 2.0 * a;
  *da = v0;
}

ONE forward_sqrt(double a) {
  const double v0 = one_sqrt(a);
  return v0;
}
static inline void partials_sqrt(double out, double a, double *da) {
  const double v0 = 0.5 / out;
  *da = v0;
}

ONE forward_exp(double a) {
  const double v0 = one_exp(a);
  return v0;
}
static inline void partials_exp(double out, double a, double *da) {
  *da = out;
}

ONE forward_log(double a) {
  const double v0 = one_log(a);
  return v0;
}
static inline void partials_log(double out, double a, double *da) {
  const double v0 = 1.0 / a;
  *da = v0;
}

ONE forward_sin(double a) {
  const double v0 = one_sin(a);
  return v0;
}
static inline void partials_sin(double out, double a, double *da) {
  const double v0 = one_cos(a);
  *da = v0;
}

ONE forward_cos(double a) {
  const double v0 = one_cos(a);
  return v0;
}
static inline void partials_cos(double out, double a, double *da) {
  const double v0 = one_sin(a);
  const double v1 = -v0;
  *da = v1;
}

ONE forward_tanh(double a) {
  const double v0 = one_tanh(a);
  return v0;
}
static inline void partials_tanh(double out, double a, double *da) {
  const double v0 = out * out;
  const double v1 = 1.0 - v0;
  *da = v1;
}

ONE forward_sigmoid(double a) {
  const double v0 = one_abs(a);
  const double v1 = -v0;
  const double v2 = one_exp(v1);
  const double v3 = one_truth(a > 0.0);
  const double v4 = 1.0 + v2;
  const double v5 = 1.0 / v4;
  const double v6 = 1.0 + v2;
  const double v7 = v2 / v6;
  const double v8 = one_select(v3, v5, v7);
  return v8;
}
static inline void partials_sigmoid(double out, double a, double *da) {
  const double v0 = 1.0 - out;
  const double v1 = out * v0;
  *da = v1;
}

ONE forward_relu(double a) {
  const double v0 = one_maximum(a, 0.0);
  return v0;
}
static inline void partials_relu(double out, double a, double *da) {
  const double v0 = one_truth(a > 0.0);
  const double v1 = v0 * 1.0;
  *da = v1;
}

ONE forward_softplus(double a) {
  const double v0 = one_softplus(a);
  return v0;
}
static inline void partials_softplus(double out, double a, double *da) {
  const double v0 = one_abs(a);
  const double v1 = -v0;
  const double v2 = one_exp(v1);
  const double v3 = one_truth(a > 0.0);
  const double v4 = 1.0 + v2;
  const double v5 = 1.0 / v4;
  const double v6 = 1.0 + v2;
  const double v7 = v2 / v6;
  const double v8 = one_select(v3, v5, v7);
  *da = v8;
}

ONE forward_abs(double a) {
  const double v0 = one_abs(a);
  return v0;
}
static inline void partials_abs(double out, double a, double *da) {
  const double v0 = one_truth(a > 0.0);
  const double v1 = v0 * 1.0;
  const double v2 = one_truth(a < 0.0);
  const double v3 = v2 * 1.0;
  const double v4 = v1 - v3;
  *da = v4;
}

ONE forward_add(double a, double b) {
  const double v0 = a + b;
  return v0;
}
static inline void partials_add(double out, double a, double b, double *da, double *db) {
  *da = 1.0;
  *db = 1.0;
}

ONE forward_sub(double a, double b) {
  const double v0 = a - b;
  return v0;
}
static inline void partials_sub(double out, double a, double b, double *da, double *db) {
  *da = 1.0;
  *db = -1.0;
}

ONE forward_mul(double a, double b) {
  const double v0 = a * b;
  return v0;
}
static inline void partials_mul(double out, double a, double b, double *da, double *db) {
  *da = b;
  *db = a;
}

ONE forward_div(double a, double b) {
  const double v0 = a / b;
  return v0;
}
static inline void partials_div(double out, double a, double b, double *da, double *db) {
  const double v0 = 1.0 / b;
  const double v1 = -out;
  const double v2 = v1 / b;
  *da = v0;
  *db = v2;
}

ONE forward_maximum(double a, double b) {
  const double v0 = one_maximum(a, b);
  return v0;
}
static inline void partials_maximum(double out, double a, double b, double *da, double *db) {
  const double v0 = one_truth(a > b);
  const double v1 = v0 * 1.0;
  const double v2 = 1.0 + v1;
  const double v3 = one_truth(b > a);
  const double v4 = v3 * 1.0;
  const double v5 = v2 - v4;
  const double v6 = 0.5 * v5;
  const double v7 = one_truth(b > a);
  const double v8 = v7 * 1.0;
  const double v9 = 1.0 + v8;
  const double v10 = one_truth(a > b);
  const double v11 = v10 * 1.0;
  const double v12 = v9 - v11;
  const double v13 = 0.5 * v12;
  *da = v6;
  *db = v13;
}

ONE forward_minimum(double a, double b) {
  const double v0 = one_minimum(a, b);
  return v0;
}
static inline void partials_minimum(double out, double a, double b, double *da, double *db) {
  const double v0 = one_truth(b > a);
  const double v1 = v0 * 1.0;
  const double v2 = 1.0 + v1;
  const double v3 = one_truth(a > b);
  const double v4 = v3 * 1.0;
  const double v5 = v2 - v4;
  const double v6 = 0.5 * v5;
  const double v7 = one_truth(a > b);
  const double v8 = v7 * 1.0;
  const double v9 = 1.0 + v8;
  const double v10 = one_truth(b > a);
  const double v11 = v10 * 1.0;
  const double v12 = v9 - v11;
  const double v13 = 0.5 * v12;
  *da = v6;
  *db = v13;
}

ONE forward_power(double a, double b) {
  const double v0 = one_power(a, b);
  return v0;
}
static inline void partials_power(double out, double a, double b, double *da, double *db) {
  const double v0 = one_truth(a == 0.0);
  const double v1 = one_truth(b == 0.0);
  const double v2 = one_select(v1, 1.0, a);
  const double v3 = one_select(v0, v2, a);
  const double v4 = b - 1.0;
  const double v5 = one_power(v3, v4);
  const double v6 = b * v5;
  const double v7 = one_truth(a > 0.0);
  const double v8 = one_truth(a > 0.0);
  const double v9 = one_select(v8, a, 1.0);
  const double v10 = one_log(v9);
  const double v11 = one_truth(a == 0.0);
  const double v12 = one_select(v11, 0.0, NAN);
  const double v13 = one_select(v7, v10, v12);
  const double v14 = out * v13;
  *da = v6;
  *db = v14;
}

ONE forward_power_of(double a, double b) {
  const double v0 = one_power(a, b);
  return v0;
}
static inline void partials_power_of(double out, double a, double b, double *da) {
  const double v0 = one_truth(b == 0.0);
  const double v1 = b - 1.0;
  const double v2 = one_select(v0, 0.0, v1);
  const double v3 = one_power(a, v2);
  const double v4 = b * v3;
  *da = v4;
}

ONE forward_exponential_of(double a, double b) {
  const double v0 = one_power(b, a);
  return v0;
}
static inline void partials_exponential_of(double out, double a, double b, double *da) {
  const double v0 = one_truth(b > 0.0);
  const double v1 = one_truth(b > 0.0);
  const double v2 = one_select(v1, b, 1.0);
  const double v3 = one_log(v2);
  const double v4 = one_truth(b == 0.0);
  const double v5 = one_select(v4, 0.0, NAN);
  const double v6 = one_select(v0, v3, v5);
  const double v7 = out * v6;
  *da = v7;
}

#define UNARY_RULES(X) X(neg) X(square) X(sqrt) X(exp) X(log) X(sin) X(cos) X(tanh) X(sigmoid) X(relu) X(softplus) X(abs)

#define BINARY_RULES(X) X(add) X(sub) X(mul) X(div) X(maximum) X(minimum) X(power)
