"""What every area rests on, and nothing of the domain.

People who sign in (User) and the three separated administrators; the ledger of every write (LedgerEntry, RowChange);
stored files; imports in two steps (ImportBatch); long jobs (Job); notifications; the shell that pages are drawn in.
"""
