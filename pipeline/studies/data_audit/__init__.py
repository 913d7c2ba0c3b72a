"""The report `data_audit`: what is known and what is not."""
