package hdr

import (
	"math"
	"testing"
)

func TestBucketsFollowEachOtherWithoutGap(t *testing.T) {
	edge := int64(0)
	for i := range uint(buckets) {
		b := bucketAt(i)
		if b.Low != edge {
			t.Fatalf("bucket %d starts at %d, want %d where the one before ends", i, b.Low, edge)
		}
		edge = b.High
	}
	if edge != Limit {
		t.Errorf("last bucket ends at %d, want Limit %d", edge, Limit)
	}
}

func TestBucketOfIsTheInverseOfBucketAt(t *testing.T) {
	for i := range uint(buckets) {
		b := bucketAt(i)
		for _, ns := range []int64{b.Low, b.Mid(), b.High - 1} {
			if got := bucketOf(uint64(ns)); got != i {
				t.Fatalf("bucketOf(%d) = %d, want %d", ns, got, i)
			}
		}
	}
}

func TestMidIsWithinOne256thOfEveryValueFromHalfAMicrosecondUp(t *testing.T) {
	for i := range uint(buckets) {
		b := bucketAt(i)
		for _, ns := range []int64{b.Low, b.High - 1} {
			err := math.Abs(float64(b.Mid() - ns))
			if ns < 512 && err > 2 {
				t.Errorf("value %d counts as %d, off by more than 2 ns", ns, b.Mid())
			}
			if ns >= 512 && err*256 >= float64(ns) {
				t.Errorf("value %d counts as %d, off by 1/256 or more", ns, b.Mid())
			}
		}
	}
}

func TestNearestBucketOfWhatIsTooLargeIsTheLast(t *testing.T) {
	for _, ns := range []int64{Limit - 1, Limit, Limit + 1, math.MaxInt64} {
		if got := nearestBucket(ns); got != buckets-1 {
			t.Errorf("nearestBucket(%d) = %d, want %d", ns, got, buckets-1)
		}
	}
}
