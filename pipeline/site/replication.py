"""The replication page."""


class Replication:
    pass
