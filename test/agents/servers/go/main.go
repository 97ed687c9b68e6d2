// The agents of these tests on the Go SDK; behaviours.py says what each behaviour is.
package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/a2aproject/a2a-go/a2a"
	"github.com/a2aproject/a2a-go/a2asrv"
	"github.com/a2aproject/a2a-go/a2asrv/eventqueue"
	"github.com/a2aproject/a2a-go/a2asrv/push"
)

const (
	workTime  = 4 * time.Second
	blockTime = 45 * time.Second
)

var (
	effects   sync.Mutex
	behaviour = regexp.MustCompile(`"behaviour":\s*"([\w-]+)"`)
	caseName  = regexp.MustCompile(`"case":\s*"([\w-]+)"`)
)

func note(what, behaviour, message string) {
	effects.Lock()
	defer effects.Unlock()
	log, err := os.OpenFile(os.Getenv("AGENT_EFFECTS"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		panic(err)
	}
	defer log.Close()
	line, _ := json.Marshal(map[string]string{"what": what, "behaviour": behaviour, "message": message})
	fmt.Fprintln(log, string(line))
}

func first(pattern *regexp.Regexp, text, otherwise string) string {
	if found := pattern.FindStringSubmatch(text); found != nil {
		return found[1]
	}
	return otherwise
}

func read(message *a2a.Message) (string, map[string]any) {
	var texts []string
	data := map[string]any{}
	for _, part := range message.Parts {
		switch part := part.(type) {
		case a2a.TextPart:
			texts = append(texts, part.Text)
		case a2a.DataPart:
			data = part.Data
		}
	}
	return strings.Join(texts, "\n"), data
}

type agent struct{ stops sync.Map }

type writer struct {
	ctx   context.Context
	req   *a2asrv.RequestContext
	queue eventqueue.Queue
}

func (w writer) status(state a2a.TaskState, words string) error {
	var message *a2a.Message
	if words != "" {
		message = a2a.NewMessageForTask(a2a.MessageRoleAgent, w.req, a2a.TextPart{Text: words})
	}
	event := a2a.NewStatusUpdateEvent(w.req, state, message)
	event.Final = state.Terminal() || state == a2a.TaskStateInputRequired || state == a2a.TaskStateAuthRequired
	return w.queue.Write(w.ctx, event)
}

func (w writer) finish(part a2a.Part) error {
	return errors.Join(w.queue.Write(w.ctx, a2a.NewArtifactEvent(w.req, part)), w.status(a2a.TaskStateCompleted, ""))
}

func (a *agent) Execute(ctx context.Context, req *a2asrv.RequestContext, queue eventqueue.Queue) error {
	w := writer{ctx, req, queue}
	text, data := read(req.Message)
	if req.StoredTask != nil {
		note("answer", text, "")
		return w.finish(a2a.TextPart{Text: "answered " + strings.TrimSpace(text)})
	}
	coded, _ := json.Marshal(data)
	wish := first(behaviour, text+string(coded), "text")
	note("message", first(caseName, text+string(coded), wish), req.Message.ID)
	if wish == "block" {
		time.Sleep(blockTime)
		return queue.Write(ctx, a2a.NewMessage(a2a.MessageRoleAgent, a2a.TextPart{Text: "thought for long"}))
	}
	if err := queue.Write(ctx, a2a.NewSubmittedTask(req, req.Message)); err != nil {
		return err
	}
	return a.work(w, wish, text, data)
}

func (a *agent) work(w writer, wish, text string, data map[string]any) error {
	switch wish {
	case "text":
		return w.finish(a2a.TextPart{Text: fmt.Sprintf("heard %d characters", len(text))})
	case "data":
		return w.finish(a2a.DataPart{Data: map[string]any{"echo": data}})
	case "file":
		meta := a2a.FileMeta{Name: "hello.txt", MimeType: "text/plain"}
		return w.finish(a2a.FilePart{File: a2a.FileBytes{FileMeta: meta, Bytes: base64.StdEncoding.EncodeToString([]byte("hello"))}})
	case "chunks":
		begun := a2a.NewArtifactEvent(w.req, a2a.TextPart{Text: "one "})
		err := w.queue.Write(w.ctx, begun)
		for _, words := range []string{"two ", "three"} {
			err = errors.Join(err, w.queue.Write(w.ctx, a2a.NewArtifactUpdateEvent(w.req, begun.Artifact.ID, a2a.TextPart{Text: words})))
		}
		return errors.Join(err, w.status(a2a.TaskStateCompleted, ""))
	case "slow":
		err := w.status(a2a.TaskStateWorking, "")
		time.Sleep(workTime)
		return errors.Join(err, w.finish(a2a.TextPart{Text: "done at last"}))
	case "say":
		return w.status(a2a.TaskStateCompleted, "it is said")
	case "mention":
		return errors.Join(w.status(a2a.TaskStateWorking, "it was mentioned"), w.status(a2a.TaskStateCompleted, ""))
	case "nothing":
		return w.status(a2a.TaskStateCompleted, "")
	case "ask":
		return w.status(a2a.TaskStateInputRequired, "which colour?")
	case "auth":
		return w.status(a2a.TaskStateAuthRequired, "log in at https://login.test")
	case "fail":
		err := w.queue.Write(w.ctx, a2a.NewArtifactEvent(w.req, a2a.TextPart{Text: "half"}))
		return errors.Join(err, w.status(a2a.TaskStateFailed, "the work went wrong"))
	case "reject":
		return w.status(a2a.TaskStateRejected, "this is not for me")
	case "long":
		stop, _ := a.stops.LoadOrStore(w.req.TaskID, make(chan struct{}))
		if err := w.status(a2a.TaskStateWorking, ""); err != nil {
			return err
		}
		select {
		case <-stop.(chan struct{}):
		case <-w.ctx.Done():
		}
		return nil
	}
	return fmt.Errorf("no behaviour %s", wish)
}

func (a *agent) Cancel(ctx context.Context, req *a2asrv.RequestContext, queue eventqueue.Queue) error {
	note("cancel", string(req.TaskID), "")
	if stop, found := a.stops.LoadAndDelete(req.TaskID); found {
		close(stop.(chan struct{}))
	}
	return writer{ctx, req, queue}.status(a2a.TaskStateCanceled, "")
}

type offer struct {
	streaming, push bool
	modes           []string
}

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	origin := "http://" + listener.Addr().String()
	both := []string{"text/plain", "application/json"}
	offers := map[string]offer{"push": {true, true, both}, "poll": {false, false, []string{"text/plain"}}, "stream": {true, false, both}}
	mux := http.NewServeMux()
	for name, offers := range offers {
		base := "/" + name + "/"
		card := &a2a.AgentCard{
			Name: name, Description: "Does as it is told.", Version: "1.0.0", ProtocolVersion: "0.3.0", URL: origin + base,
			PreferredTransport: a2a.TransportProtocolJSONRPC,
			Capabilities:       a2a.AgentCapabilities{Streaming: offers.streaming, PushNotifications: offers.push},
			DefaultInputModes:  offers.modes, DefaultOutputModes: both,
			Skills: []a2a.AgentSkill{{ID: "work", Name: "Work", Description: "Works.", Tags: []string{"test"}}},
		}
		handler := a2asrv.NewHandler(&agent{}, a2asrv.WithPushNotifications(push.NewInMemoryStore(), push.NewHTTPPushSender(nil)))
		mux.Handle(base+".well-known/agent-card.json", a2asrv.NewStaticAgentCardHandler(card))
		mux.Handle(base, a2asrv.NewJSONRPCHandler(handler))
	}
	fmt.Printf("{\"url\":%q}\n", origin)
	panic(http.Serve(listener, mux))
}
