"""Payment providers: who takes the money, behind one protocol.

An adapter knows one organisation's keys and its provider's ways, and nothing of orders: it
is told amounts, and tells of what happened as a ``Notice``. None is called while a
transaction is open.
"""
