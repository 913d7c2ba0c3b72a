"""Errors a user can act on.

Every error of the pipeline says which file or name is meant, what was found, what was expected
and what to do. The command line prints the message without a traceback and exits with 1.
"""

import errno


class PipelineError(Exception):
    """Base of all errors that the pipeline raises on purpose.

    What stops an analysis may reach a reader as the reason for which a value is not defined. Then its values are given
    by name, `AnalysisError("{number} year(s) are too few.", number=2)`, and the sentence is a message for translators.
    """

    def __init__(self, message: str = "", /, **values: object):
        super().__init__(message.format(**values) if values else message)


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


_OWN = "Copy the project to a folder of your own, or mend its rights"
_STORAGE = {
    errno.EACCES: f"the folder or file belongs to somebody else. {_OWN}",
    errno.EPERM: f"the system does not allow it. {_OWN}",
    errno.EROFS: "it lies on a file system that can only be read. Copy the project to one that can be written to",
    errno.ENOSPC: "a run needs about 200 MB for build/ and reports/. Free some space and run it again",
    errno.EDQUOT: "your quota of space is used up. Free some and run it again",
}


def storage_problem(error: OSError) -> str | None:
    """What is wrong with the place where a file lies, and what to do; None for an error that is not of this kind."""
    if error.errno not in _STORAGE:
        return None
    where = f"{error.filename}: " if error.filename else ""
    return f"{where}{error.strerror}; {_STORAGE[error.errno]}. The last good reports are as they were."
