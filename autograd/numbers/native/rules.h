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
static inline void pull_neg(double g, double out, double a, double *ga) {
  const double v0 = g * -1.0;
  *ga = v0;
}

ONE forward_square(double a) {
  const double v0 = a * a;
  return v0;
}
static inline void pull_square(double g, double out, double a, double *ga) {
  const double v0 = 2.0 * a;
  const double v1 = g * v0;
  *ga = v1;
}

ONE forward_sqrt(double a) {
  const double v0 = one_sqrt(a);
  return v0;
}
static inline void pull_sqrt(double g, double out, double a, double *ga) {
  const double v0 = 0.5 / out;
  const double v1 = g * v0;
  *ga = v1;
}

ONE forward_exp(double a) {
  const double v0 = one_exp(a);
  return v0;
}
static inline void pull_exp(double g, double out, double a, double *ga) {
  const double v0 = g * out;
  *ga = v0;
}

ONE forward_log(double a) {
  const double v0 = one_log(a);
  return v0;
}
static inline void pull_log(double g, double out, double a, double *ga) {
  const double v0 = 1.0 / a;
  const double v1 = g * v0;
  *ga = v1;
}

ONE forward_sin(double a) {
  const double v0 = one_sin(a);
  return v0;
}
static inline void pull_sin(double g, double out, double a, double *ga) {
  const double v0 = one_cos(a);
  const double v1 = g * v0;
  *ga = v1;
}

ONE forward_cos(double a) {
  const double v0 = one_cos(a);
  return v0;
}
static inline void pull_cos(double g, double out, double a, double *ga) {
  const double v0 = one_sin(a);
  const double v1 = -v0;
  const double v2 = g * v1;
  *ga = v2;
}

ONE forward_tanh(double a) {
  const double v0 = one_tanh(a);
  return v0;
}
static inline void pull_tanh(double g, double out, double a, double *ga) {
  const double v0 = out * out;
  const double v1 = 1.0 - v0;
  const double v2 = g * v1;
  *ga = v2;
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
static inline void pull_sigmoid(double g, double out, double a, double *ga) {
  const double v0 = -a;
  const double v1 = one_abs(v0);
  const double v2 = -v1;
  const double v3 = one_exp(v2);
  const double v4 = one_truth(v0 > 0.0);
  const double v5 = 1.0 + v3;
  const double v6 = 1.0 / v5;
  const double v7 = 1.0 + v3;
  const double v8 = v3 / v7;
  const double v9 = one_select(v4, v6, v8);
  const double v10 = out * v9;
  const double v11 = g * v10;
  *ga = v11;
}

ONE forward_relu(double a) {
  const double v0 = one_maximum(a, 0.0);
  return v0;
}
static inline void pull_relu(double g, double out, double a, double *ga) {
  const double v0 = one_truth(a <= 0.0);
  const double v1 = one_select(v0, 0.0, g);
  *ga = v1;
}

ONE forward_softplus(double a) {
  const double v0 = one_softplus(a);
  return v0;
}
static inline void pull_softplus(double g, double out, double a, double *ga) {
  const double v0 = one_abs(a);
  const double v1 = -v0;
  const double v2 = one_exp(v1);
  const double v3 = one_truth(a > 0.0);
  const double v4 = 1.0 + v2;
  const double v5 = 1.0 / v4;
  const double v6 = 1.0 + v2;
  const double v7 = v2 / v6;
  const double v8 = one_select(v3, v5, v7);
  const double v9 = g * v8;
  *ga = v9;
}

ONE forward_abs(double a) {
  const double v0 = one_abs(a);
  return v0;
}
static inline void pull_abs(double g, double out, double a, double *ga) {
  const double v0 = one_truth(a > 0.0);
  const double v1 = v0 * 1.0;
  const double v2 = one_truth(a < 0.0);
  const double v3 = v2 * 1.0;
  const double v4 = v1 - v3;
  const double v5 = g * v4;
  *ga = v5;
}

ONE forward_add(double a, double b) {
  const double v0 = a + b;
  return v0;
}
static inline void pull_add(double g, double out, double a, double b, double *ga, double *gb) {
  const double v0 = g * 1.0;
  const double v1 = g * 1.0;
  *ga = v0;
  *gb = v1;
}

ONE forward_sub(double a, double b) {
  const double v0 = a - b;
  return v0;
}
static inline void pull_sub(double g, double out, double a, double b, double *ga, double *gb) {
  const double v0 = g * 1.0;
  const double v1 = g * -1.0;
  *ga = v0;
  *gb = v1;
}

ONE forward_mul(double a, double b) {
  const double v0 = a * b;
  return v0;
}
static inline void pull_mul(double g, double out, double a, double b, double *ga, double *gb) {
  const double v0 = g * b;
  const double v1 = g * a;
  *ga = v0;
  *gb = v1;
}

ONE forward_div(double a, double b) {
  const double v0 = a / b;
  return v0;
}
static inline void pull_div(double g, double out, double a, double b, double *ga, double *gb) {
  const double v0 = 1.0 / b;
  const double v1 = -out;
  const double v2 = v1 / b;
  const double v3 = g * v0;
  const double v4 = g * v2;
  *ga = v3;
  *gb = v4;
}

ONE forward_maximum(double a, double b) {
  const double v0 = one_maximum(a, b);
  return v0;
}
static inline void pull_maximum(double g, double out, double a, double b, double *ga, double *gb) {
  const double v0 = one_truth(a < b);
  const double v1 = one_truth(a == b);
  const double v2 = v1 * 1.0;
  const double v3 = 0.5 * v2;
  const double v4 = 1.0 - v3;
  const double v5 = one_truth(b < a);
  const double v6 = one_truth(b == a);
  const double v7 = v6 * 1.0;
  const double v8 = 0.5 * v7;
  const double v9 = 1.0 - v8;
  const double v10 = g * v4;
  const double v11 = one_select(v0, 0.0, v10);
  const double v12 = g * v9;
  const double v13 = one_select(v5, 0.0, v12);
  *ga = v11;
  *gb = v13;
}

ONE forward_minimum(double a, double b) {
  const double v0 = one_minimum(a, b);
  return v0;
}
static inline void pull_minimum(double g, double out, double a, double b, double *ga, double *gb) {
  const double v0 = one_truth(b < a);
  const double v1 = one_truth(b == a);
  const double v2 = v1 * 1.0;
  const double v3 = 0.5 * v2;
  const double v4 = 1.0 - v3;
  const double v5 = one_truth(a < b);
  const double v6 = one_truth(a == b);
  const double v7 = v6 * 1.0;
  const double v8 = 0.5 * v7;
  const double v9 = 1.0 - v8;
  const double v10 = g * v4;
  const double v11 = one_select(v0, 0.0, v10);
  const double v12 = g * v9;
  const double v13 = one_select(v5, 0.0, v12);
  *ga = v11;
  *gb = v13;
}

ONE forward_power(double a, double b) {
  const double v0 = one_power(a, b);
  return v0;
}
static inline void pull_power(double g, double out, double a, double b, double *ga, double *gb) {
  const double v0 = one_truth(a > 2.3e-308);
  const double v1 = one_truth(a < -2.3e-308);
  const double v2 = one_select(v1, a, 1.0);
  const double v3 = one_select(v0, a, v2);
  const double v4 = one_truth(a == 0.0);
  const double v5 = one_truth(b == 1.0);
  const double v6 = one_truth(b == 0.0);
  const double v7 = one_select(v6, 0.0, b);
  const double v8 = one_select(v5, 1.0, v7);
  const double v9 = one_select(v4, v8, b);
  const double v10 = one_truth(b == 0.0);
  const double v11 = one_select(v10, v3, a);
  const double v12 = b - 1.0;
  const double v13 = one_power(v11, v12);
  const double v14 = v9 * v13;
  const double v15 = one_truth(a > 0.0);
  const double v16 = one_truth(a > 0.0);
  const double v17 = one_select(v16, a, 1.0);
  const double v18 = one_log(v17);
  const double v19 = one_truth(a == 0.0);
  const double v20 = one_select(v19, 0.0, NAN);
  const double v21 = one_select(v15, v18, v20);
  const double v22 = out * v21;
  const double v23 = g * v14;
  const double v24 = g * v22;
  *ga = v23;
  *gb = v24;
}

ONE forward_power_of(double a, double b) {
  const double v0 = one_power(a, b);
  return v0;
}
static inline void pull_power_of(double g, double out, double a, double b, double *ga) {
  const double v0 = one_truth(b == 0.0);
  const double v1 = b - 1.0;
  const double v2 = one_select(v0, 0.0, v1);
  const double v3 = one_power(a, v2);
  const double v4 = b * v3;
  const double v5 = g * v4;
  *ga = v5;
}

ONE forward_exponential_of(double a, double b) {
  const double v0 = one_power(b, a);
  return v0;
}
static inline void pull_exponential_of(double g, double out, double a, double b, double *ga) {
  const double v0 = one_truth(b > 0.0);
  const double v1 = one_truth(b > 0.0);
  const double v2 = one_select(v1, b, 1.0);
  const double v3 = one_log(v2);
  const double v4 = one_truth(b == 0.0);
  const double v5 = one_select(v4, 0.0, NAN);
  const double v6 = one_select(v0, v3, v5);
  const double v7 = out * v6;
  const double v8 = g * v7;
  *ga = v8;
}

#define UNARY_RULES(X) X(neg) X(square) X(sqrt) X(exp) X(log) X(sin) X(cos) X(tanh) X(sigmoid) X(relu) X(softplus) X(abs)

#define BINARY_RULES(X) X(add) X(sub) X(mul) X(div) X(maximum) X(minimum) X(power)
