"""The same small page in five tools, and how long and how much each of them takes.

210 pupils of 30 columns from SQLite, a filter, a grid of the rows, a Venn diagram of three subjects
and the number of pupils shown.
"""
