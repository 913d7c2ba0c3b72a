"""What a reader is told, before it is set: declarations of reports and their parameters, catalogues of languages, and
the one way to fill a number into a sentence. Nothing here computes or draws.
"""
