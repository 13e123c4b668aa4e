"""K-planes: a scene as products of planes, three for a scene at rest and six for one that moves."""
