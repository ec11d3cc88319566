"""The sync engine: decides what to request next and which checkpoint holds. It knows no Singer.

Whatever sends a request raises the errors of `SpottClient.get_object`.
"""
