// A client on the Go SDK 2, which speaks A2A 1.0. It is told what to do, and says what came of it: one JSON object a line.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"os"
	"sync"

	"github.com/a2aproject/a2a-go/v2/a2a"
	"github.com/a2aproject/a2a-go/v2/a2aclient"
	"github.com/a2aproject/a2a-go/v2/a2aclient/agentcard"
)

type wish struct {
	ID          int             `json:"id"`
	Do          string          `json:"do"`
	Text        *string         `json:"text"`
	Data        map[string]any  `json:"data"`
	Skill       string          `json:"skill"`
	Task        a2a.TaskID      `json:"task"`
	Context     string          `json:"context"`
	Immediately bool            `json:"immediately"`
	History     *int            `json:"history"`
	Push        *a2a.PushConfig `json:"push"`
	Config      string          `json:"config"`
}

type operation func(ctx context.Context, asked wish, hear func(any)) error

// What the SDK knows by name.
var known = map[string]error{
	"ErrTaskNotFound":         a2a.ErrTaskNotFound,
	"ErrTaskNotCancelable":    a2a.ErrTaskNotCancelable,
	"ErrUnsupportedOperation": a2a.ErrUnsupportedOperation,
	"ErrInvalidParams":        a2a.ErrInvalidParams,
	"ErrUnauthenticated":      a2a.ErrUnauthenticated,
}

var lines sync.Mutex

func tell(said map[string]any) {
	line, err := json.Marshal(said)
	if err != nil {
		panic(err)
	}
	lines.Lock()
	defer lines.Unlock()
	fmt.Println(string(line))
}

func nameOf(err error) string {
	for name, sentinel := range known {
		if errors.Is(err, sentinel) {
			return name
		}
	}
	return fmt.Sprintf("%T", err)
}

func perform(ctx context.Context, operations map[string]operation, asked wish) {
	run, found := operations[asked.Do]
	if !found {
		panic("no operation " + asked.Do)
	}
	if err := run(ctx, asked, func(heard any) { tell(map[string]any{"id": asked.ID, "heard": heard}) }); err != nil {
		tell(map[string]any{"id": asked.ID, "failed": map[string]string{"name": nameOf(err), "message": err.Error()}})
		return
	}
	tell(map[string]any{"id": asked.ID, "done": true})
}

func requestOf(asked wish) *a2a.SendMessageRequest {
	part := a2a.NewDataPart(asked.Data)
	if asked.Text != nil {
		part = a2a.NewTextPart(*asked.Text)
	}
	message := a2a.NewMessage(a2a.MessageRoleUser, part)
	message.TaskID, message.ContextID = asked.Task, asked.Context
	if asked.Skill != "" {
		message.SetMeta("skill", asked.Skill)
	}
	config := &a2a.SendMessageConfig{ReturnImmediately: asked.Immediately, PushConfig: asked.Push}
	return &a2a.SendMessageRequest{Message: message, Config: config}
}

func told[Answer any](call func(context.Context, wish) (Answer, error)) operation {
	return func(ctx context.Context, asked wish, hear func(any)) error {
		answer, err := call(ctx, asked)
		if err == nil {
			hear(answer)
		}
		return err
	}
}

func streamed(call func(context.Context, wish) iter.Seq2[a2a.Event, error]) operation {
	return func(ctx context.Context, asked wish, hear func(any)) error {
		for event, err := range call(ctx, asked) {
			if err != nil {
				return err
			}
			hear(a2a.StreamResponse{Event: event})
		}
		return nil
	}
}

func operationsOf(client *a2aclient.Client, card *a2a.AgentCard) map[string]operation {
	return map[string]operation{
		"card": told(func(context.Context, wish) (*a2a.AgentCard, error) { return card, nil }),
		"extended card": told(func(ctx context.Context, _ wish) (*a2a.AgentCard, error) {
			return client.GetExtendedAgentCard(ctx, &a2a.GetExtendedAgentCardRequest{})
		}),
		"send": told(func(ctx context.Context, asked wish) (a2a.SendMessageResult, error) {
			return client.SendMessage(ctx, requestOf(asked))
		}),
		"stream": streamed(func(ctx context.Context, asked wish) iter.Seq2[a2a.Event, error] {
			return client.SendStreamingMessage(ctx, requestOf(asked))
		}),
		"subscribe": streamed(func(ctx context.Context, asked wish) iter.Seq2[a2a.Event, error] {
			return client.SubscribeToTask(ctx, &a2a.SubscribeToTaskRequest{ID: asked.Task})
		}),
		"get": told(func(ctx context.Context, asked wish) (*a2a.Task, error) {
			return client.GetTask(ctx, &a2a.GetTaskRequest{ID: asked.Task, HistoryLength: asked.History})
		}),
		"list": told(func(ctx context.Context, asked wish) (*a2a.ListTasksResponse, error) {
			return client.ListTasks(ctx, &a2a.ListTasksRequest{ContextID: asked.Context})
		}),
		"cancel": told(func(ctx context.Context, asked wish) (*a2a.Task, error) {
			return client.CancelTask(ctx, &a2a.CancelTaskRequest{ID: asked.Task})
		}),
		"set push": told(func(ctx context.Context, asked wish) (*a2a.TaskPushConfig, error) {
			return client.CreateTaskPushConfig(ctx, &a2a.CreateTaskPushConfigRequest{TaskID: asked.Task, Config: *asked.Push})
		}),
		"get push": told(func(ctx context.Context, asked wish) (*a2a.TaskPushConfig, error) {
			return client.GetTaskPushConfig(ctx, &a2a.GetTaskPushConfigRequest{TaskID: asked.Task, ID: asked.Config})
		}),
		"list push": told(func(ctx context.Context, asked wish) (map[string]any, error) {
			configs, err := client.ListTaskPushConfigs(ctx, &a2a.ListTaskPushConfigRequest{TaskID: asked.Task})
			return map[string]any{"configs": configs}, err
		}),
		"delete push": told(func(ctx context.Context, asked wish) (map[string]any, error) {
			return nil, client.DeleteTaskPushConfig(ctx, &a2a.DeleteTaskPushConfigRequest{TaskID: asked.Task, ID: asked.Config})
		}),
	}
}

func main() {
	ctx := a2aclient.AttachSessionID(context.Background(), "only")
	card, err := agentcard.DefaultResolver.Resolve(ctx, os.Getenv("A2A_URL"))
	if err != nil {
		panic(err)
	}
	credentials := a2aclient.NewInMemoryCredentialsStore()
	for scheme := range card.SecuritySchemes {
		credentials.Set("only", scheme, a2aclient.AuthCredential(os.Getenv("A2A_TOKEN")))
	}
	auth := a2aclient.WithCallInterceptors(&a2aclient.AuthInterceptor{Service: credentials})
	client, err := a2aclient.NewFromCard(ctx, card, auth)
	if err != nil {
		panic(err)
	}
	operations := operationsOf(client, card)
	tell(map[string]any{"ready": true})
	for input := bufio.NewScanner(os.Stdin); input.Scan(); {
		var asked wish
		if err := json.Unmarshal(input.Bytes(), &asked); err != nil {
			panic(err)
		}
		go perform(ctx, operations, asked)
	}
}
