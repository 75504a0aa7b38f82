package server

// Stats tell what a Server has open now.
type Stats struct {
	// Sockets and EventStreams are those of subscriptions, SocketOperations what runs on the sockets.
	Sockets, EventStreams, SocketOperations int64
}

// Stats tells what the server has open.
func (s *Server) Stats() Stats {
	return Stats{
		Sockets: s.streams.sockets.Load(), EventStreams: s.streams.events.Load(), SocketOperations: s.streams.operations.Load(),
	}
}
