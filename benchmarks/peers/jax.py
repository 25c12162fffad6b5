"""JAX: `jit` of `value_and_grad`. The weights stay JAX arrays, and each step waits for its result."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from benchmarks.workloads import DESCENTS, FORMULAS, PENALTY, RATE, Classifier, Formula, Job, Moons, Ways

NAME, PACKAGE = "JAX", "jax"

jax.config.update("jax_platforms", "cpu")
jax.config.update("jax_enable_x64", True)


def formula(problem: Formula) -> Job:
    function = jax.jit(jax.value_and_grad(lambda a, b: problem.function(a, b, jax.nn.relu), (0, 1)))
    a, b = problem.point
    return lambda: jax.block_until_ready(function(a, b))


def moons(problem: Moons) -> Job:
    def loss(layers, points, sides):
        *hidden, (w, b) = layers
        h = points
        for weights, biases in hidden:
            h = jax.nn.relu(h @ weights.T + biases)
        margin = 1 - sides * (h @ w.T + b)[:, 0]
        return jax.nn.relu(margin).mean() + PENALTY * sum((p**2).sum() for p in jax.tree.leaves(layers))

    function = jax.jit(jax.value_and_grad(loss))
    arguments = jax.tree.map(jnp.asarray, tuple(problem))
    return lambda: jax.block_until_ready(function(*arguments))


def classifier(problem: Classifier) -> Job:
    def loss(weights, inputs, labels):
        w1, b1, w2, b2 = weights
        scores = jax.nn.log_softmax(jnp.tanh(inputs @ w1.T + b1) @ w2.T + b2)
        return -jnp.take_along_axis(scores, labels[:, None], axis=1).mean()

    @jax.jit
    def step(weights, inputs, labels):
        value, slopes = jax.value_and_grad(loss)(weights, inputs, labels)
        return value, jax.tree.map(lambda w, slope: w - RATE * slope, weights, slopes)

    on_device = Classifier(*jax.tree.map(jnp.asarray, tuple(problem)))
    return on_device.descend(step, jax.block_until_ready)


WAYS: Ways = {
    **{workload: {"jit": formula} for workload in FORMULAS},
    "moons": {"jit on matrices": moons},
    **{workload: {"jit": classifier} for workload in DESCENTS},
}
