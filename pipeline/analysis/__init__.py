"""Statistical methods, one module for each question. Pure functions: data in, numbers out, no files."""
