"""The report `international_clusters`: clusters abroad."""
