package httpclient

func helpFewFiles() int { return 1 }
