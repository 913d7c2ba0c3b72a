"""The report `power`: what effect could be seen."""
