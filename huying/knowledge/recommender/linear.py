"""Weights of a linear model for many classes at once: least squares on ±1 with a ridge, rows weighted.

Solved in its dual, so that its cost does not follow the number of words: at once, or, for many texts and few classes,
by conjugate gradients for all classes in step. Topics (directions in which the texts vary together) count a second
time: what is learned of one word goes to those that are said with it.

Columns of n-grams are scaled by how much they tell (`telling`), from the answers learned from and no others: few texts
leave no other way to know that “补课” says more of the class than “尊敬”, though both are as common.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.linalg import solve
from sklearn.utils.extmath import randomized_svd

from huying.knowledge.recommender.features import Floats

RIDGE = 0.6
DOUBT, FLOOR = 1.0, 0.15  # texts of all classes in equal parts that every n-gram is given; what even the vaguest keeps
TOPICS = 200
TOPIC_SHARE = 0.6
TOPIC_TEXTS, TOPIC_COLUMNS = 4_000, 120_000  # topics show in so many texts and the commonest n-grams as well as in all
TOLERANCE = 1e-3
MOST_ROUNDS = 150
FEW, MANY = 4_000, 30  # texts up to which, classes from which on all products of texts are made at once


def topics(matrix: Any, columns: int, *, seed: int, most: int = TOPICS) -> Floats:
    """Directions of the first `columns` columns (of n-grams), one a row, scaled so that their squares add up to
    `TOPIC_SHARE` in a text of middling kind. The first direction is left out: it is what all texts share."""
    wanted = min(most, min(matrix.shape[0], columns) // 4)
    if wanted < 2:
        return np.zeros((0, columns), np.float32)
    every = matrix[:, :columns].tocsr()
    texts = every[:: -(-every.shape[0] // TOPIC_TEXTS)]
    common = np.arange(columns)
    if columns > TOPIC_COLUMNS:
        stands = np.bincount(texts.indices, minlength=columns)
        common = np.sort(np.argsort(-stands, kind="stable")[:TOPIC_COLUMNS])
        texts = texts[:, common]
    _, _, found = randomized_svd(texts, wanted, n_iter=3, random_state=seed)
    directions = np.zeros((len(found) - 1, columns), np.float32)
    directions[:, common] = found[1:]
    seen = every @ directions.T
    scale = np.float32(np.sqrt(TOPIC_SHARE / max(float((seen**2).sum(1).mean()), 1e-9)))
    return np.asarray(directions * scale)


def telling(
    matrix: Any, answers: NDArray[np.int64], classes: int, importance: Floats, grams: Sequence[slice]
) -> Floats:
    """A factor for each column: for n-grams, one minus the entropy of the classes they stand in (of equal size),
    such that rows keep their length on average; one for the rest."""
    n, width = matrix.shape
    factors = np.ones(width, np.float32)
    chosen = sparse.csr_matrix((importance, (np.arange(n), answers)), shape=(n, classes))
    share = np.asarray(chosen.sum(0)).ravel()
    chosen = chosen @ sparse.diags(np.divide(share.mean(), share, out=np.zeros_like(share), where=share > 0))
    for columns in grams:
        block = matrix[:, columns].tocsr()
        if not block.nnz:
            continue
        present = block.copy()
        present.data = np.ones_like(present.data)
        stands = (present.T @ chosen).tocsr()
        nothing = DOUBT / classes
        total = np.asarray(stands.sum(1)).ravel() + DOUBT
        rows = np.repeat(np.arange(stands.shape[0]), np.diff(stands.indptr))
        likely = (stands.data + nothing) / total[rows]
        entropy = -np.bincount(rows, likely * np.log(likely), len(total))
        entropy -= (classes - np.diff(stands.indptr)) * (nothing / total) * np.log(nothing / total)
        told = FLOOR + 1 - entropy / np.log(classes)
        squares = np.bincount(block.indices, block.data**2, len(total))
        factors[columns] = told * np.sqrt(squares.sum() / (squares * told**2).sum())
    return factors


def weights(
    matrix: Any,
    answers: NDArray[np.int64],
    classes: int,
    importance: Floats,
    directions: Floats,
    grams: Sequence[slice],
) -> tuple[Floats, Floats]:
    """`(weights, bias)` of shape (columns, classes) and (classes,). Rare classes count as much as common ones."""
    n = matrix.shape[0]
    factors = telling(matrix, answers, classes, importance, grams)
    goal = np.full((n, classes), -1, np.float32)
    goal[np.arange(n), answers] = 1
    share = np.bincount(answers, weights=importance, minlength=classes)
    each = importance * (importance.sum() / np.maximum(share, 1e-9) / (share > 0).sum())[answers]
    ridge = (RIDGE / np.maximum(each, 1e-3)).astype(np.float32)[:, None]
    columns = directions.shape[1]
    dense = (
        np.ascontiguousarray(matrix[:, :columns] @ directions.T) if len(directions) else np.zeros((n, 0), np.float32)
    )
    matrix = (matrix @ sparse.diags(factors)).astype(np.float32).tocsr()
    turned = matrix.T.tocsr()
    if n <= FEW or classes > MANY:
        kernel = (matrix @ turned).toarray() + dense @ dense.T + 1
        kernel[np.diag_indices(n)] += ridge[:, 0]
        dual = np.asarray(solve(kernel, goal, assume_a="pos", overwrite_a=True), np.float32)
    else:
        dual = _by_gradients(matrix, turned, dense, ridge, goal)
    found = (turned @ dual) * factors[:, None]
    if len(directions):
        found[:columns] += directions.T @ (dense.T @ dual)
    return np.asarray(found, np.float32), dual.sum(0)


def _by_gradients(matrix: Any, turned: Any, dense: Floats, ridge: Floats, goal: Floats) -> Floats:
    """The same for many texts and few classes, where the products of all texts with all texts would cost more."""

    def times(v: Floats) -> Floats:
        return np.asarray(matrix @ (turned @ v) + dense @ (dense.T @ v) + v.sum(0) + ridge * v)

    # Conjugate gradients with the ridge as preconditioner
    inverse = 1 / (ridge + 2)
    dual = np.zeros_like(goal)
    rest = goal.copy()
    scaled = inverse * rest
    direction: Floats = scaled.astype(np.float32)
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
        direction = np.asarray(scaled + (energy / np.maximum(before, 1e-30)) * direction, np.float32)
    return dual
