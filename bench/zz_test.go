package bench
import ("testing";"redactor/redact";"time";"redactor/detect")
func TestZZ(t *testing.T){
 prog := func(pl []place, g int)*redact.Program{s:=byPath(pl,mask); s.Profiles[0].Guard=g; return compile(s)}
 clean := append([]place{},nestedPlaces...)
 for _, p := range []string{"$.url","$.ext","$.session_id","$.failure.message","$.failure","$.device.ids.oaid","$.device.ids.idfa"} { clean = append(clean, place{p,detect.None}) }
 fl, ne := Flat(), Nested()
 jobs := []Job{Engine("flat/off",fl,prog(flatPlaces,0).NewMachine()),Engine("flat/on",fl,prog(flatPlaces,1).NewMachine()),
  Engine("clean/off",ne,prog(clean,0).NewMachine()),Engine("clean/on",ne,prog(clean,1).NewMachine())}
 m := prog(flatPlaces,1).NewMachine()
 var outs, outn [][]byte
 for _, r := range fl.Records { m.Scan(r); o,_ := m.Render(nil,0); outs=append(outs,o) }
 t.Log(string(outs[0]))
 m = prog(clean,1).NewMachine()
 for _, r := range ne.Records { m.Scan(r); o,_ := m.Render(nil,0); outn=append(outn,o) }
 t.Log(string(outn[0]))
 so, sn := NewSet("o",outs), NewSet("n",outn)
 for _, x := range []struct{n string; set detect.Set}{{"all",detect.AllDetectors},{"notokens",detect.AllDetectors&^detect.SetOf(detect.DetectJWT,detect.DetectAPIKey)},{"nolabels",detect.AllDetectors&^detect.SetOf(detect.DetectName,detect.DetectAddress,detect.DetectCredentials,detect.DetectAPIKey)},{"ten",detect.SetOf(detect.DetectIMEI,detect.DetectMAC,detect.DetectIPv4,detect.DetectIPv6,detect.DetectPhone,detect.DetectEmail,detect.DetectBankCard,detect.DetectIDCard)}} {
  for _, st := range []*Set{so,sn} {
   s,_ := detect.NewScanner(detect.Config{Set:x.set,JSON:true}); var sp []detect.Span
   jobs = append(jobs, Job{Name:"scan "+x.n+" "+st.Name,Set:st,Pass:func(dst []byte, rs [][]byte)([]byte,error){ for _, r := range rs { sp = s.Find(sp[:0],r) }; return dst,nil }})
  }
 }
 res, err := Measure(jobs[5:6], Options{Rounds:3, Slice: 500*time.Millisecond})
 if err != nil {t.Fatal(err)}
 for _, r := range res { t.Logf("%-16s %7.0f ns p25 %7.0f med %5.0f B", r.Job, r.P25, r.Median, r.Bytes) }
}
