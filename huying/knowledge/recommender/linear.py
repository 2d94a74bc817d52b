"""Weights of a linear model for many classes at once: least squares on ±1 with a ridge, rows weighted.

Solved in its dual by conjugate gradients, for all classes in step: nothing but products with the sparse matrix, so its
cost follows the texts' lengths and not the number of words. Topics (directions in which the texts vary together) count
a second time: what is learned of one word goes to those that are said with it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.extmath import randomized_svd

from huying.knowledge.recommender.features import Floats

RIDGE = 0.4
TOPICS = 200
TOPIC_SHARE = 0.4
TOLERANCE = 3e-4
MOST_ROUNDS = 150


def topics(matrix: Any, columns: int, *, seed: int, most: int = TOPICS) -> Floats:
    """Directions of the first `columns` columns (of n-grams), one a row, scaled so that their squares add up to
    `TOPIC_SHARE` in a text of middling kind. The first direction is left out: it is what all texts share."""
    wanted = min(most, min(matrix.shape[0], columns) // 4)
    if wanted < 2:
        return np.zeros((0, columns), np.float32)
    _, _, directions = randomized_svd(matrix[:, :columns], wanted, n_iter=3, random_state=seed)
    directions = directions[1:].astype(np.float32)
    seen = matrix[:, :columns] @ directions.T
    scale = np.float32(np.sqrt(TOPIC_SHARE / max(float((seen**2).sum(1).mean()), 1e-9)))
    return np.asarray(directions * scale)


def weights(
    matrix: Any, answers: NDArray[np.int64], classes: int, importance: Floats, directions: Floats
) -> tuple[Floats, Floats]:
    """`(weights, bias)` of shape (columns, classes) and (classes,). Rare classes count as much as common ones."""
    n = matrix.shape[0]
    goal = np.full((n, classes), -1, np.float32)
    goal[np.arange(n), answers] = 1
    share = np.bincount(answers, weights=importance, minlength=classes)
    each = importance * (importance.sum() / np.maximum(share, 1e-9) / (share > 0).sum())[answers]
    ridge = (RIDGE / np.maximum(each, 1e-3)).astype(np.float32)[:, None]
    columns = directions.shape[1]
    dense = (
        np.ascontiguousarray(matrix[:, :columns] @ directions.T) if len(directions) else np.zeros((n, 0), np.float32)
    )
    turned = matrix.T.tocsr()

    def times(v: Floats) -> Floats:
        return np.asarray(matrix @ (turned @ v) + dense @ (dense.T @ v) + v.sum(0) + ridge * v)

    # Conjugate gradients with the ridge as preconditioner
    inverse = 1 / (ridge + 1.7)
    dual = np.zeros_like(goal)
    rest = goal.copy()
    scaled = inverse * rest
    direction = scaled.copy()
    energy = (rest * scaled).sum(0)
    start = energy.copy()
    for _ in range(MOST_ROUNDS):
        if float((energy / start).max()) < TOLERANCE**2:
            break
        moved = times(direction)
        step = energy / np.maximum((direction * moved).sum(0), 1e-30)
        dual += step * direction
        rest -= step * moved
        scaled = inverse * rest
        before, energy = energy, (rest * scaled).sum(0)
        direction = scaled + (energy / np.maximum(before, 1e-30)) * direction
    found = turned @ dual
    if len(directions):
        found[:columns] += directions.T @ (dense.T @ dual)
    return np.asarray(found, np.float32), dual.sum(0)
