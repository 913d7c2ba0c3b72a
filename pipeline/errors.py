"""Errors a user can act on.

Every error of the pipeline says which file or name is meant, what was found, what was expected
and what to do. The command line prints the message without a traceback and exits with 1.
"""


class PipelineError(Exception):
    """Base of all errors that the pipeline raises on purpose."""


class DataError(PipelineError, ValueError):
    """A source, a table or a figure is not what its card or the checks say it must be."""


class UnknownNameError(DataError):
    """An area, crop, unit or measure that the vocabulary does not know."""


class IncomparableFiguresError(DataError):
    """Two figures that differ in period, weight basis, date, unit or definition were to be compared."""


class ParameterError(PipelineError, ValueError):
    """A parameter is unknown, missing, of the wrong type, or impossible with the data at hand."""


class DeclarationError(PipelineError, ValueError):
    """The declaration of a report is not what a declaration says, or the report does not keep to it."""


class AnalysisError(PipelineError, ValueError):
    """An analysis cannot be done with the data given (too few years, no comparison, a constant series)."""


class NotebookError(PipelineError, RuntimeError):
    """A notebook failed while it ran."""
