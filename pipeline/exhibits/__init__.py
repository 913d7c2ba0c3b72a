"""What a report shows: figures in one style, tables as journals print them, and `Report`, which a notebook hands them to.
No figure of a single report is drawn here."""
