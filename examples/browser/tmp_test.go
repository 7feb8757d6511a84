package browser_test
import "testing"
func TestTmp(t *testing.T) {
  for _, w := range []int64{360, 900} {
	b := open(t, hostilePage(t), w, "light")
	t.Log(b.eval(`[...document.querySelectorAll('*')].filter(e => e.getBoundingClientRect().right > `+map[int64]string{360:"361",900:"901"}[w]+`).slice(0,20).map(e => e.tagName+'.'+e.className+' '+e.getBoundingClientRect().right+' '+e.textContent.slice(0,30)).join('\n')`))
  }
}
