"""The sync engine: decides what to request next and which checkpoint holds. It knows no Singer.

Whatever sends a request raises the errors of `SpottClient.get_object`.

Each module imports only modules further down:

    list_reader       a list, once per sync, for all streams that need it
    endpoint_reader   one endpoint of the list, completely
    window_reader     one time range, in windows read concurrently
    detail_reader     one request for each record of a list
    requester, slicer, prefetcher, detail_queue, types
"""
