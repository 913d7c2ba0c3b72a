"""One folder a report: what it computes with the methods (`analysis.py`) and its figures (`figures.py`).

What several studies share stands beside the folders. No study writes a file.
"""
