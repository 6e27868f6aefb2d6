/** A chat on `useStream` of @langchain/react, as its documentation goes about it: bubbles, lanes, questions, edits and new answers. */
import { useState } from "react";
import { createRoot } from "react-dom/client";
import { useChannel, useMessageMetadata, useStream, useValues } from "@langchain/react";

const asked = new URLSearchParams(location.search);

function Chat() {
  const [threadId, setThreadId] = useState(null);
  const [draft, setDraft] = useState({ text: "" });
  const stream = useStream({
    ...{ apiUrl: asked.get("api"), assistantId: asked.get("assistant"), threadId, onThreadId: setThreadId },
  });
  const progress = useChannel(stream, ["custom"]);
  const send = () => {
    const message = { type: "human", content: draft.text, ...(draft.id && { id: draft.id }) };
    setDraft({ text: "" });
    void stream.submit({ messages: [message] }, { forkFrom: draft.forkFrom });
  };
  return (
    <main data-thread={stream.threadId} data-state={stream.isLoading ? "working" : "idle"}>
      {stream.messages.map((message, index) => (
        <Bubble key={message.id ?? index} stream={stream} message={message} onEdit={setDraft} />
      ))}
      {stream.interrupts.map(({ id, value }) => (
        <Question key={id} {...value} answer={(decision) => stream.respond({ decisions: [decision] })} />
      ))}
      {[...stream.subgraphs.values()].map((lane) => (
        <Lane key={lane.id} stream={stream} lane={lane} />
      ))}
      <small>{JSON.stringify(progress.at(-1)?.params?.data)}</small>
      {stream.error ? <p className="error">{String(stream.error.message ?? stream.error)}</p> : null}
      <textarea value={draft.text} onChange={({ target }) => setDraft({ ...draft, text: target.value })} />
      <button onClick={send}>Send</button>
    </main>
  );
}

function Bubble({ stream, message, onEdit }) {
  const { id, type, text } = message;
  const forkFrom = useMessageMetadata(stream, id)?.parentCheckpointId;
  const edit = () => onEdit({ id, text, forkFrom });
  const again = () => void stream.submit(null, { forkFrom });
  return (
    <div className={type} data-known={forkFrom !== undefined}>
      <p className="bubble">{text}</p>
      {type === "human" ? <button onClick={edit}>Edit</button> : <button onClick={again}>Again</button>}
    </div>
  );
}

function Question({ action_requests: [{ name, description }], answer }) {
  return (
    <div className="question">
      <b>{name}</b> <span>{description}</span>
      <button onClick={() => answer({ type: "approve" })}>Approve</button>
      <button onClick={() => answer({ type: "reject", message: "too many parts" })}>Reject</button>
    </div>
  );
}

function Lane({ stream, lane }) {
  const { subtask, agent } = useValues(stream, lane) ?? {};
  return <p className="lane">{[lane.nodeName, subtask, agent, lane.status].join(" ")}</p>;
}

createRoot(document.body.appendChild(document.createElement("div"))).render(<Chat />);
