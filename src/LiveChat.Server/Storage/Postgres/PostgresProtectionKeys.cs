using System.Xml.Linq;
using LiveChat.Server.Storage.Sql;
using Microsoft.AspNetCore.DataProtection.Repositories;

namespace LiveChat.Server.Storage.Postgres;

/// <summary>The keys that session tokens are made with, in the database: a token of one server is good on every other.</summary>
internal sealed class PostgresProtectionKeys(PostgresDatabase database) : IXmlRepository
{
    public IReadOnlyCollection<XElement> GetAllElements()
    {
        using var connection = database.Open();
        using var command = connection.Command("SELECT xml FROM protection_key ORDER BY position");
        using var row = command.ExecuteReader();
        var elements = new List<XElement>();
        while (row.Read())
            elements.Add(XElement.Parse(row.GetString(0)));
        return elements;
    }

    public void StoreElement(XElement element, string friendlyName)
    {
        using var connection = database.Open();
        connection.Execute(
            "INSERT INTO protection_key (name, xml) VALUES (@name, @xml)",
            ("@name", friendlyName),
            ("@xml", element.ToString(SaveOptions.DisableFormatting)));
    }
}
