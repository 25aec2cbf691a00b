"""Tables on their way in: read in a child process, checked against a kind's columns and the database, staged on disk,
written whole or not at all.

`reading` is the child, `rows` its parent side, `kinds` says what may be imported, `checking` compares, `staging` keeps
the result between check and write, `workbook` makes templates and gives the user's own table back with red cells.
"""
