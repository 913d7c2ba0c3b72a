"""The report `cluster_model`: the paper's cluster model."""
