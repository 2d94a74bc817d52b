"""The recommender: words in, handlers and categories with probabilities and reasons out, or "没有把握".

    words.py        a text's features: n-grams of its characters, concepts of `concepts.txt`, facets such as its street
    features.py     many texts → one sparse matrix, the same way in training and in use
    linear.py       weights for the classes of one target
    training.py     features, weights, calibration on texts that the weights have not seen
    model.py        what is kept: suggests, gives reasons, is written to and read from one file
    judging.py      figures of a model on texts with known answers; cross-validation
    reading.py      texts of a bare file

None of these knows a database; `learning.py`, `advising.py` and the rest join them to a district.
"""
