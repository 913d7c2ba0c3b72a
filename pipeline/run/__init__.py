"""How things are started: environment, stages, runner, command line. Nothing here knows what a report says."""
