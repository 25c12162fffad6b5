"""Functions to functions: gradients, Jacobians and Hessians, with the signatures that JAX made common."""
