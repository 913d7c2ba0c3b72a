"""The site: the pages in reports/ that people read, their frame, and the search across them."""
