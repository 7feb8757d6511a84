package main
import ("context";"fmt";"time";"os";"runtime/pprof"
"github.com/whybust/whybust/predict"
"github.com/whybust/whybust/internal/synth"
)
func main(){
 dir,err:=synth.Repository(context.Background(),os.Args[1],synth.Spec{Files:10000,Size:64,Commits:1000})
 if err!=nil{panic(err)}
 fmt.Println(dir)
 if len(os.Args)>2 { f,_:=os.Create(os.Args[2]); pprof.StartCPUProfile(f); defer pprof.StopCPUProfile()}
 s:=time.Now(); n:=0; miss:=0
 for b,err:=range predict.History(context.Background(),&predict.HistoryRequest{Dir:dir,Side:predict.Side{Revision:"history"}}) {
  if err!=nil{panic(err)}
  if b.Err!=nil{panic(b.Err)}
  if b.Prediction!=nil&&b.Prediction.First!=nil{miss++}
  n++
 }
 fmt.Println(n,miss,time.Since(s))
}
