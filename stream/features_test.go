package stream

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"
)

// The releases that lose markers are told from those before and after them, and
// from what is no Apache Kafka.
func TestLosesMarkers(t *testing.T) {
	for _, c := range []struct {
		name   string
		speaks *kversion.Versions
		newest int16 // level of metadata.version, if not that of speaks; -1 for none
		want   bool
	}{
		{"2.3", kversion.V2_3_0(), 0, false},
		{"2.5", kversion.V2_5_0(), 0, false},
		{"3.9", kversion.V3_9_0(), 0, false},
		{"4.2", kversion.V4_2_0(), 0, false},
		{"4.3", kversion.V4_3_0(), 0, true},
		{"4.4", kversion.V4_4_0(), 0, true},
		{"between two levels of 4.4", kversion.V4_4_0(), 31, true},
		{"newer", kversion.V4_4_0(), 34, false},
		{"another house's", kversion.V4_4_0(), -1, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.MaxVersions(c.speaks))
			if err != nil {
				t.Fatal(err)
			}
			defer cluster.Close()
			client, err := NewClient(Config{Brokers: cluster.ListenAddrs()})
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			brokers, err := client.Brokers(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			v, err := client.Versions(t.Context(), brokers[0].ID)
			if err != nil {
				t.Fatal(err)
			}
			if c.newest != 0 {
				cluster.ControlKey(int16(kmsg.ApiVersions), func(r kmsg.Request) (kmsg.Response, error, bool) {
					cluster.KeepControl()
					if r.GetVersion() < featuresNamed {
						return nil, nil, false
					}
					return answerOf(r.GetVersion(), c.newest), nil, true
				})
			}
			if got, err := client.LosesMarkers(t.Context(), brokers[0].ID, v); err != nil || got != c.want {
				t.Errorf("%v, %v, want %v", got, err, c.want)
			}
		})
	}
}

// answerOf is what a broker says whose newest metadata.version is newest.
func answerOf(version, newest int16) *kmsg.ApiVersionsResponse {
	res := kmsg.NewPtrApiVersionsResponse()
	res.Version = version
	for key := range int16(40) {
		k := kmsg.NewApiVersionsResponseApiKey()
		k.ApiKey, k.MaxVersion = key, 5
		k.UnknownTags.Set(3, []byte("later"))
		res.ApiKeys = append(res.ApiKeys, k)
	}
	for name, level := range map[string]int16{"kraft.version": 1, "metadata.version": newest, "share.version": 31} {
		if level < 0 {
			continue
		}
		f := kmsg.NewApiVersionsResponseSupportedFeature()
		f.Name, f.MaxVersion = name, level
		f.UnknownTags.Set(1, []byte("later"))
		res.SupportedFeatures = append(res.SupportedFeatures, f)
		final := kmsg.NewApiVersionsResponseFinalizedFeature() // what the cluster has agreed on says nothing of a broker
		final.Name, final.MaxVersionLevel = name, 30
		res.FinalizedFeatures = append(res.FinalizedFeatures, final)
	}
	res.FinalizedFeaturesEpoch = 9
	return res
}

// Another implementation writes what is read here, and no part of it passes
// for the whole.
func TestReadFeatures(t *testing.T) {
	whole := answerOf(featuresNamed, 33).AppendTo(nil)
	got, err := readFeatures(whole)
	if err != nil || len(got) != 3 || got["metadata.version"] != 33 || got["kraft.version"] != 1 {
		t.Fatalf("%v, %v", got, err)
	}
	for n := range whole {
		if got, err := readFeatures(whole[:n]); err == nil {
			t.Errorf("%d bytes of %d pass for %v", n, len(whole), got)
		}
	}
	refused := answerOf(0, -1)
	refused.ErrorCode = kerr.UnsupportedVersion.Code
	if got, err := readFeatures(refused.AppendTo(nil)); err == nil {
		t.Errorf("a refusal passes for %v", got)
	}
}

// A release is named by what it takes, in another implementation's tables.
func TestRelease(t *testing.T) {
	for want, table := range map[string]*kversion.Versions{
		"0.11": kversion.V0_11_0(), "1.1": kversion.V1_1_0(), "2.0": kversion.V2_0_0(), "2.1": kversion.V2_2_0(), "2.3": kversion.V2_3_0(), "2.7": kversion.V2_8_0(),
		"3.1": kversion.V3_1_0(), "3.5": kversion.V3_6_0(), "3.7": kversion.V3_7_0(), "3.9": kversion.V3_9_0(),
		"4.0": kversion.V4_0_0(), "4.1": kversion.V4_1_0(), "4.2": kversion.V4_2_0(), "4.3": kversion.V4_3_0(), "4.4": kversion.V4_4_0(),
		"0.10 or older": kversion.V0_10_2(),
	} {
		v := make(APIVersions)
		table.EachMaxKeyVersion(func(key, newest int16) { v[key] = newest })
		if got := v.Release(); got != want {
			t.Errorf("%s is named %s", want, got)
		}
	}
}
