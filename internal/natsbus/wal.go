package natsbus

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"sync"
)

// maxWAL bounds what a worker keeps that is cut off.
const maxWAL = 256 << 20

// A wal keeps records in a file until they are acknowledged. A record is its
// length, its CRC-32C and its bytes, written at once; a file that ends with a
// piece of one has lost that one only.
type wal struct {
	mu      sync.Mutex
	file    *os.File
	size    int64
	pending [][]byte // not acknowledged, in their order
	news    chan struct{}
}

func table() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

// openWAL opens the log of a directory. What is in it was not acknowledged
// before, as far as it knows.
func openWAL(dir string) (*wal, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open the write-ahead log: %w", err)
	}
	name := filepath.Join(dir, "wal")
	b, err := os.ReadFile(name)
	if err != nil && !os.IsNotExist(err) {
		return nil, fmt.Errorf("open the write-ahead log: %w", err)
	}
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the write-ahead log: %w", err)
	}
	w := &wal{file: f, news: make(chan struct{}, 1)}
	w.pending, w.size = readRecords(b)
	w.ring()
	return w, nil
}

// readRecords returns the records that are whole, and where they end.
func readRecords(b []byte) (records [][]byte, end int64) {
	for at := 0; len(b)-at >= 8; {
		length := int(binary.LittleEndian.Uint32(b[at:]))
		if length > len(b)-at-8 {
			break
		}
		record := b[at+8 : at+8+length]
		if crc32.Checksum(record, table()) != binary.LittleEndian.Uint32(b[at+4:]) {
			break
		}
		records = append(records, record)
		at += 8 + length
		end = int64(at)
	}
	return records, end
}

// add appends a record.
func (w *wal) add(record []byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.size > maxWAL {
		return fmt.Errorf("the write-ahead log is full: %d MiB are not acknowledged", w.size>>20)
	}
	b := binary.LittleEndian.AppendUint32(nil, uint32(len(record)))
	b = binary.LittleEndian.AppendUint32(b, crc32.Checksum(record, table()))
	b = append(b, record...)
	if _, err := w.file.WriteAt(b, w.size); err != nil {
		return fmt.Errorf("write-ahead log: %w", err)
	}
	w.size += int64(len(b))
	w.pending = append(w.pending, record)
	w.ring()
	return nil
}

func (w *wal) ring() {
	select {
	case w.news <- struct{}{}:
	default:
	}
}

// first returns the oldest record, nil if there is none.
func (w *wal) first() []byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.pending) == 0 {
		return nil
	}
	return w.pending[0]
}

// done lets go of the oldest record. The file is cut when it has nothing left
// that matters; a crash before means that some is sent twice.
func (w *wal) done() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pending = w.pending[1:]
	if len(w.pending) == 0 && w.file.Truncate(0) == nil {
		w.size = 0
	}
}

func (w *wal) left() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.pending)
}

func (w *wal) close() error { return w.file.Close() }
